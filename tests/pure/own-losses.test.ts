// What the page of one's own data says would be lost, before it throws anything away.
import { expect, test } from 'vitest';
import { lossesOf, type Held } from '../../src/state/data/own-losses.ts';

const none: Held = { file: 'a.jsonl', phase: 'none', step: 0, steps: 0, kept: null, worked: false };
const said = (held: Partial<Held>): string => lossesOf({ ...none, ...held }).join(', and ');

test('nothing was made, or all of it is kept: nothing is lost', () => {
  expect(said({})).toBe('');
  expect(said({ phase: 'finished', step: 300, steps: 300, kept: 300 })).toBe('');
  expect(said({ step: 300, kept: 300 })).toBe('');
  expect(said({ phase: 'running', steps: 300 })).toBe('');
});

test('a model that is not on disk, one that could learn on, and what was made in the Lab', () => {
  expect(said({ phase: 'finished', step: 300, steps: 300 })).toBe(
    'the model that was taught on a.jsonl is lost',
  );
  expect(said({ phase: 'finished', step: 300, steps: 300, kept: 200 })).toBe(
    'the model that was taught on a.jsonl is lost',
  );
  expect(said({ phase: 'paused', step: 40, steps: 300, kept: 40 })).toBe(
    'the teaching on a.jsonl ends at step 40 of 300 (its model stays as it was after step 40)',
  );
  expect(said({ phase: 'running', step: 40, steps: 300, worked: true })).toBe(
    'the teaching on a.jsonl ends at step 40 of 300 (its model is lost), and what was labelled and trained in its Lab is lost',
  );
  expect(said({ step: 300, kept: 300, worked: true })).toBe(
    'what was labelled and trained in its Lab is lost',
  );
});
