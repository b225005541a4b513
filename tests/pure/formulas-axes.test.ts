/** The formula language over tokens, batch and groups: values under ragged masks, slopes that stay on the mask. */
import { describe, expect, it } from 'vitest';
import type { Vocabulary } from '../../src/formulas/check.ts';
import { functions } from '../../src/formulas/functions.ts';
import { evaluate, evaluateNames, formulaOf, numbersFor, SIZES } from '../support/formula-graph.ts';

const PAIRS: Vocabulary = { setting: 'pairs', parameters: [] };
const GROUPS: Vocabulary = { setting: 'groups', parameters: [] };
const pairNumbers = numbersFor(PAIRS, 2);
const groupNumbers = numbersFor(GROUPS, 3);

const rows = (values: readonly number[] | undefined, size: number): number[][] =>
  Array.from({ length: (values?.length ?? 0) / size }, (_, i) =>
    (values ?? []).slice(i * size, (i + 1) * size),
  );
/** Rows of the tokens that count. */
function tokens(numbers: Record<string, number[]>, name: string, mask: string, size: number): number[][] {
  const kept = rows(numbers[mask], size);
  return rows(numbers[name], size).map((row, i) => row.filter((_, j) => kept[i]?.[j] === 1));
}
const w = (name: string): number[][] => tokens(pairNumbers, `${name}[t]`, 'mask_w', SIZES.t_w);
const l = (name: string): number[][] => tokens(pairNumbers, `${name}[t]`, 'mask_l', SIZES.t_l);
const k = (name: string): number[][] => tokens(groupNumbers, `${name}[t]`, 'mask', SIZES.t);
const group = (name: string): number[][] => rows(groupNumbers[name], SIZES.k);
const b = (name: string): number[] => pairNumbers[name] as number[];

const sum = (x: readonly number[]): number => x.reduce((a, y) => a + y, 0);
const mean = (x: readonly number[]): number => sum(x) / x.length;
const std = (x: readonly number[]): number =>
  Math.sqrt(sum(x.map((y) => (y - mean(x)) ** 2)) / (x.length - 1));
const logSumExp = (x: readonly number[]): number => Math.log(sum(x.map(Math.exp)));
const softmax = (x: readonly number[]): number[] => x.map((y) => Math.exp(y) / sum(x.map(Math.exp)));
const sorted = (x: readonly number[]): number[] => x.toSorted((p, q) => p - q);
const rank = (x: readonly number[]): number[] => x.map((y) => x.filter((z) => z < y).length);
const tails = (x: readonly number[]): number[] => x.map((_, i) => logSumExp(x.slice(i)));

const onPairs: [string, number[]][] = [
  ['sum_t(logp_w[t])', w('logp_w').map(sum)],
  ['sum_t(logp_l[t] - ref_l[t])', l('logp_l').map((row, i) => sum(row) - sum(l('ref_l')[i] as number[]))],
  ['mean_t(logp_w[t])', w('logp_w').map(mean)],
  ['mean_t(logp_l[t] * logp_w)', l('logp_l').map((row, i) => mean(row) * (b('logp_w')[i] as number))],
  ['sum_t(entropy_w[t] / position_w[t])', w('entropy_w').map((row) => sum(row.map((x, i) => x / (i + 1))))],
  ['sum_t(where(position_w[t] > 2, 1, 0) * kl_w[t])', w('kl_w').map((row) => sum(row.slice(2)))],
  ['sum(logp_w)', [sum(b('logp_w'))]],
  ['mean(logp_w - ref_w)', [mean(b('logp_w')) - mean(b('ref_w'))]],
  ['std(logp_w)', [std(b('logp_w'))]],
  ['log_sum_exp(logp_w)', [logSumExp(b('logp_w'))]],
  ['softmax(logp_w)', softmax(b('logp_w'))],
  ['sort(logp_w)', sorted(b('logp_w'))],
  ['rank(logp_w)', rank(b('logp_w'))],
  ['logp_w - mean(logp_w)', b('logp_w').map((x) => x - mean(b('logp_w')))],
  ['std(logp_w - logp_w)', [0]],
  ['rank(len_w * 0)', b('len_w').map((_, i) => i)],
]; // prettier-ignore

const onGroups: [string, number[]][] = [
  ['sum_t(logp[t])', k('logp').map(sum)],
  ['mean_t(exp(logp[t] - old[t]))', k('logp').map((row, i) => mean(row.map((x, j) => Math.exp(x - ((k('old')[i] as number[])[j] as number)))))],
  ['sum_t(logp[t] * reward)', k('logp').map((row, i) => sum(row) * (group('reward').flat()[i] as number))],
  ['sum_k(reward)', group('reward').map(sum)],
  ['mean_k(reward)', group('reward').map(mean)],
  ['std_k(reward)', group('reward').map(std)],
  ['log_sum_exp_k(logp)', group('logp').map(logSumExp)],
  ['softmax_k(reward)', group('reward').flatMap(softmax)],
  ['sort_k(reward)', group('reward').flatMap(sorted)],
  ['rank_k(reward)', group('reward').flatMap(rank)],
  ['tail_log_sum_exp_k(logp)', group('logp').flatMap(tails)],
  ['(reward - mean_k(reward)) / (std_k(reward) + 0.0001)', group('reward').flatMap((row) => row.map((x) => (x - mean(row)) / (std(row) + 0.0001)))],
  ['sum_k(mean_t(logp[t] * mean_k(reward)))', rows(k('logp').map(mean), SIZES.k).map((row, i) => sum(row) * mean(group('reward')[i] as number[]))],
  ['mean(reward)', [mean(group('reward').flat())]],
  ['std(reward)', [std(group('reward').flat())]],
  ['sum(reward)', [sum(group('reward').flat())]],
  ['log_sum_exp(reward)', [logSumExp(group('reward').flat())]],
  ['softmax(sum_k(reward))', softmax(group('reward').map(sum))],
]; // prettier-ignore

async function expectValue(text: string, vocabulary: Vocabulary, expected: number[]): Promise<void> {
  const trains = vocabulary === PAIRS ? 'logp_w' : 'sum_k(logp)';
  const numbers = vocabulary === PAIRS ? pairNumbers : groupNumbers;
  const { x = [] } = await evaluateNames(formulaOf(`x = ${text}\nloss = ${trains}`, vocabulary), numbers);
  expect(x.length).toBe(expected.length);
  x.forEach((value, i) => expect(value).toBeCloseTo(expected[i] as number, 10));
}

describe('over tokens and the batch', () => {
  it.each(onPairs)('%s', (text, expected) => expectValue(text, PAIRS, expected));
});

describe('over groups', () => {
  it.each(onGroups)('%s', (text, expected) => expectValue(text, GROUPS, expected));
});

it('every function over an axis is among them', () => {
  const used = [...onPairs, ...onGroups].map(([text]) => text).join(' ');
  const names = [...functions].filter(([, { kind }]) => kind !== 'elementwise').map(([name]) => name);
  for (const name of names) expect(used).toContain(`${name}(`);
});

describe('a slope', () => {
  it.each([
    'loss = sum_t(logp_w[t] / position_w[t])',
    'loss = sum_t(log(position_w[t]) * logp_w)',
    'loss = sum_t(mean(logp_w) * log(position_w[t]))',
    'loss = sum_t(pow(position_w[t] - 0.5, logp_w[t]))',
    'loss = mean_t(square(logp_w[t] / position_w[t] - mean(ref_w)))',
  ])('of %s is finite, and nothing off the mask', async (text) => {
    const outputs = await evaluate(formulaOf(text, PAIRS), pairNumbers);
    for (const [name, values] of Object.entries(outputs)) {
      values.forEach((x) => expect(x).toSatisfy(Number.isFinite));
      if (!name.endsWith('[t]')) continue;
      values.forEach((x, i) => {
        if (pairNumbers['mask_w']?.[i] === 0) expect(Math.abs(x)).toBe(0);
      });
    }
  });

  it.each(['std(logp_w)', 'std(logp_w) * logp_w'])('of %s is finite where all values are equal', async (loss) => {
    const equal = { ...pairNumbers, logp_w: Array.from({ length: SIZES.b }, () => -1.5) };
    const outputs = await evaluate(formulaOf(`loss = ${loss}`, PAIRS), equal);
    outputs['d logp_w']?.forEach((x) => expect(Math.abs(x)).toBe(0));
  }); // prettier-ignore
});
