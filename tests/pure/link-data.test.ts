/** Links to runs on somebody's own data: what they say of it, what they need, and what a wrong one is told. */
import { expect, it } from 'vitest';
import { describeIssue } from '../../src/base/errors.ts';
import { neededByFile, neededByLink } from '../../src/links/codec.ts';
import { readNeeded } from '../../src/links/data.ts';
import type { LabState } from '../../src/links/shared.ts';
import {
  linkOf,
  readLink,
  readShared,
  readSharedFile,
  writeShared,
  writeSharedFile,
} from '../support/links.ts';
import { lab, OWN_SOURCE, ownData, recipe } from '../support/shared-states.ts';

const state = ownData({ ...OWN_SOURCE, mapping: null, file: 'manners.jsonl' });
const { world } = state.story.recipe;
/** The same on data that nobody has opened here. */
const UNKNOWN = 'data-00000000000000aa';

function elsewhere(from: LabState): unknown {
  return JSON.parse(JSON.stringify(writeShared(from)).replaceAll(world, UNKNOWN)) as unknown;
}

async function linkTo(from: LabState): Promise<string> {
  const linked = await linkOf(from);
  if (!('link' in linked)) throw new Error(JSON.stringify(linked));
  return linked.link;
}

it('a link says what the data was made with, and comes back whole where that is known', async () => {
  const link = await linkTo(state);
  expect(link.length).toBeLessThan(700);
  expect(await readLink(link)).toEqual({ ok: true, value: state });
  expect(await neededByLink(link)).toEqual({
    ok: true,
    value: { world, source: state.data, title: '' },
  });
  const file = writeSharedFile(state);
  if (!file.ok) throw new Error(JSON.stringify(file.issues));
  expect(await readSharedFile(file.value)).toEqual({ ok: true, value: state });
  expect(neededByFile(file.value)).toEqual(await neededByLink(link));
});

it('holds no text of the data', async () => {
  const file = writeSharedFile(state);
  const json = file.ok ? file.value : '';
  for (const text of ['pleasure', 'Certainly', 'towel', 'May I have']) expect(json).not.toContain(text);
  expect((await readLink(await linkTo(state)))?.ok).toBe(true);
});

it('what it needs is read where its world is unknown, and the rest waits for that', () => {
  const json = elsewhere(state);
  expect(readNeeded(json)).toEqual({ ok: true, value: { world: UNKNOWN, source: state.data, title: '' } });
  const read = readShared(json);
  expect(!read.ok && read.issues.map(({ code }) => code)).toEqual(['recipe/unknown-data']);
});

it('a link to a built-in world needs nothing, and may not say that it does', async () => {
  const plain = lab(recipe());
  expect(await neededByLink(await linkTo(plain))).toBeNull();
  expect(await neededByLink('#anchor')).toBeNull();
  expect(await neededByLink('#1.broken')).toBeNull();
  const read = readShared(writeShared({ ...plain, data: OWN_SOURCE }));
  expect(!read.ok && read.issues.map(({ code, at }) => [code, at])).toEqual([['link/data', 'data']]);
});

it('a link that does not say how its world was made says what would help', () => {
  const { data: _, ...bare } = state;
  const needed = readNeeded(elsewhere(bare));
  expect(needed?.ok === false && needed.issues.map(describeIssue).join('')).toContain('share the run from there');
}); // prettier-ignore

it.each([
  ['words', { ...OWN_SOURCE, vocabulary: 'bpe', words: 258 }, 'data.words'],
  ['words', { ...OWN_SOURCE, words: 1e9 }, 'data.words'],
  ['context', { ...OWN_SOURCE, context: 33 }, 'data.context'],
  ['vocabulary', { ...OWN_SOURCE, vocabulary: '__proto__' }, 'data.vocabulary'],
  ['unseen letters', { ...OWN_SOURCE, file: 'a\u202egnp.exe' }, 'data.file'],
  ['a long name', { ...OWN_SOURCE, file: 'a'.repeat(81) }, 'data.file'],
  ['a mapping', { ...OWN_SOURCE, mapping: { chosen: 'a', rejected: 'a' } }, 'data.mapping'],
  ['a role', { ...OWN_SOURCE, mapping: { chosen: 'a', rejected: 'b', hacked: 'c' } }, 'data.mapping.hacked'],
  ['steps', { ...OWN_SOURCE, base: { ...OWN_SOURCE.base, steps: 1e9 } }, 'data.base.steps'],
  ['made', { ...OWN_SOURCE, base: { ...OWN_SOURCE.base, made: 301 } }, 'data.base.made'],
  ['half a step', { ...OWN_SOURCE, base: { ...OWN_SOURCE.base, made: 0.5 } }, 'data.base.made'],
  ['a batch', { ...OWN_SOURCE, base: { ...OWN_SOURCE.base, batch: 1e6 } }, 'data.base.batch'],
  ['a digest', { ...OWN_SOURCE, base: { ...OWN_SOURCE.base, digest: '<b>' } }, 'data.base.digest'],
  ['a key', { ...OWN_SOURCE, rows: ['secret'] }, 'data.rows'],
])('refuses %s', (_what, data, at) => {
  const json = { ...(elsewhere(state) as object), data };
  for (const read of [readNeeded(json), readShared({ ...json, recipe: { world } })]) {
    expect(read?.ok).toBe(false);
    expect(read?.ok === false && read.issues.map((issue) => issue.at)).toContain(at);
  }
});
