/** Ledgers, receipts and stories: what makes a shared run verifiable. */
import { expect, it } from 'vitest';
import { digest } from '../../src/base/digest.ts';
import type { StepMetrics } from '../../src/metrics/metrics.ts';
import type { HashChain, Receipt } from '../../src/runs/receipt.ts';
import { compare, emptyChain, receiptOf, recorded } from '../../src/runs/receipt.ts';
import { changedAt, lastRecipe, recipeAt, storyOf } from '../../src/runs/story.ts';
import { smallRecipe } from '../support/small-run.ts';

const row = (step: number, loss = 1 / step): StepMetrics => ({
  step,
  epoch: 0,
  learning_rate: 1e-3,
  loss,
  grad_norm: 1,
  'rewards/chosen': 0.1,
  'rewards/rejected': 0,
  'rewards/margins': 0.1,
  'rewards/accuracies': 1,
  'logps/chosen': -10,
  'logps/rejected': -11,
});
const rows = (steps: number, changedStep = 0): StepMetrics[] =>
  Array.from({ length: steps }, (_, i) => row(i + 1, i + 1 === changedStep ? 9 : undefined));
const parameters = Float32Array.from([1, 2, 3]);
const receipt = (chain: HashChain, values = parameters): Receipt => receiptOf(chain, values) as Receipt;
const exact = (steps: number, changedStep?: number): HashChain =>
  recorded(emptyChain(), rows(steps, changedStep), 'wasm');

it('a digest of parts in turn is that of the whole', () => {
  const bytes = Uint8Array.from({ length: 300 }, (_, i) => i % 256);
  expect(digest(bytes.subarray(100), digest(bytes.subarray(0, 100)))).toBe(digest(bytes));
});

it('the chain does not depend on the slices', () => {
  const sliced = recorded(recorded(emptyChain(), rows(40).slice(0, 7), 'wasm'), rows(40).slice(7), 'wasm');
  expect(sliced).toEqual(exact(40));
});

it('a chain is left as it was by what is recorded after it', () => {
  const before = exact(3);
  const copy = structuredClone(before);
  recorded(before, [row(4)], 'wasm');
  expect(before).toEqual(copy);
});

it('equal runs are reproduced; a receipt of no steps is none', () => {
  expect(compare(receipt(exact(30)), receipt(exact(30)))).toEqual({ kind: 'reproduced' });
  expect(receiptOf(emptyChain(), parameters)).toBeNull();
});

it('the first step that differs is named', () => {
  expect(compare(receipt(exact(30)), receipt(exact(30, 17)))).toEqual({ kind: 'differs', after: 16, by: 17 });
});

it('in a long run it is named to within a stride, past the last mark too', () => {
  expect(compare(receipt(exact(1001)), receipt(exact(1001, 402)))).toEqual({
    kind: 'differs',
    after: 400,
    by: 404,
  });
  expect(compare(receipt(exact(1001)), receipt(exact(1001, 1001)))).toEqual({
    kind: 'differs',
    after: 1000,
    by: 1001,
  });
});

it('equal rows with other parameters are told apart', () => {
  const other = receipt(exact(30), Float32Array.from([1, 2, 4]));
  expect(compare(receipt(exact(30)), other)).toEqual({ kind: 'parameters-differ' });
});

it('a run that left WASM is held to a tolerance', () => {
  const theirs = receipt(recorded(exact(5), [row(6)], 'webgpu'));
  expect(theirs.digest).toBeNull();
  expect(compare(theirs, receipt(exact(6))).kind).toBe('within-tolerance');
  expect(compare(theirs, receipt(exact(6, 6))).kind).toBe('outside-tolerance');
});

it('a story keeps the recipe of every step, and forgets what a step back undid', () => {
  const [first, second, third] = [1, 2, 3].map((seed) => smallRecipe({ seed }));
  if (!first || !second || !third) throw new Error('unreachable');
  const story = changedAt(changedAt(storyOf(first), 4, second), 8, third);
  expect([0, 3, 4, 7, 8, 100].map((step) => recipeAt(story, step).seed)).toEqual([1, 1, 2, 2, 3, 3]);
  expect(lastRecipe(changedAt(story, 4, third))).toEqual(third);
  expect(changedAt(story, 4, third).changes).toHaveLength(1);
  expect(changedAt(story, 0, third)).toEqual(storyOf(third));
});
