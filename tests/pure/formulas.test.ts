/** The formula language: values of operators and elementwise functions against JavaScript's own arithmetic. */
import { describe, expect, it } from 'vitest';
import { functions } from '../../src/formulas/functions.ts';
import { evaluateNames, formulaOf, numbersFor } from '../support/formula-graph.ts';

const BETA = 0.25;
const GIVEN = {
  logp_w: [-3, -1.5, 2, 0.7, -0.2],
  logp_l: [-4, 0.5, 0, 0.7, -0.9],
  ref_w: [-2, -2, -2, -1, -3],
  len_w: [4, 5, 6, 1, 2],
  beta: [BETA],
};
const vocabulary = { setting: 'pairs', parameters: ['beta'] } as const;
const numbers = { ...numbersFor(vocabulary, 1), ...GIVEN };

/** One number a pair, or one for all. */
async function valueOf(text: string): Promise<number[]> {
  const checked = formulaOf(`x = ${text}\nloss = logp_w * beta`, vocabulary);
  return [...((await evaluateNames(checked, numbers))['x'] ?? [])];
}

const each = (f: (w: number, l: number, i: number) => number): number[] =>
  GIVEN.logp_w.map((w, i) => f(w, GIVEN.logp_l[i] as number, i));
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

const cases: [string, number[]][] = [
  ['beta + logp_w * logp_l', each((w, l) => BETA + w * l)],
  ['(beta + logp_w) * logp_l', each((w, l) => (BETA + w) * l)],
  ['logp_w - logp_l - beta', each((w, l) => w - l - BETA)],
  ['logp_w - (logp_l - beta)', each((w, l) => w - (l - BETA))],
  ['logp_w / 2 / beta', each((w) => w / 2 / BETA)],
  ['logp_w / 2 * beta', each((w) => (w / 2) * BETA)],
  ['1 / len_w', each((_w, _l, i) => 1 / (GIVEN.len_w[i] as number))],
  ['-logp_w * beta', each((w) => -w * BETA)],
  ['beta - -logp_w', each((w) => BETA + w)],
  ['--beta', [BETA]],
  ['2 * -logp_w * beta', each((w) => -2 * w * BETA)],
  ['logp_w + beta > logp_l', each((w, l) => (w + BETA > l ? 1 : 0))],
  ['logp_w < logp_l - beta', each((w, l) => (w < l - BETA ? 1 : 0))],
  ['logp_w >= logp_l', each((w, l) => (w >= l ? 1 : 0))],
  ['logp_w <= logp_l', each((w, l) => (w <= l ? 1 : 0))],
  ['beta < 1 > 0.5', [1]],
  ['1.5e1 + .5 - 2E-1 + beta * 3.', [15 + 0.5 - 0.2 + BETA * 3]],
  ['beta * where(logp_w > logp_l, ref_w, 7)', each((w, l, i) => BETA * (w > l ? (GIVEN.ref_w[i] as number) : 7))],
  ['where(beta, logp_w, logp_l)', each((w) => w)],
  ['min(logp_w, logp_l) + max(beta, logp_w)', each((w, l) => Math.min(w, l) + Math.max(BETA, w))],
  ['clamp(logp_w, -1, beta)', each((w) => Math.min(Math.max(w, -1), BETA))],
  ['clamp(0, logp_l, logp_w)', each((w, l) => Math.min(Math.max(0, l), w))],
  ['pow(square(logp_w), beta)', each((w) => Math.pow(w * w, BETA))],
  ['-log_sigmoid(beta * (logp_w - logp_l))', each((w, l) => -Math.log(sigmoid(BETA * (w - l))))],
  ['sigmoid(logp_w) + tanh(beta)', each((w) => sigmoid(w) + Math.tanh(BETA))],
  ['softplus(logp_w) * beta', each((w) => Math.log1p(Math.exp(w)) * BETA)],
  ['exp(beta) + expm1(logp_w)', each((w) => Math.exp(BETA) + Math.expm1(w))],
  ['log(len_w) + log1p(beta)', each((_w, _l, i) => Math.log(GIVEN.len_w[i] as number) + Math.log1p(BETA))],
  ['log1mexp(ref_w * beta)', each((_w, _l, i) => Math.log1p(-Math.exp((GIVEN.ref_w[i] as number) * BETA)))],
  ['relu(logp_w) + abs(logp_l) + sqrt(beta)', each((w, l) => Math.max(w, 0) + Math.abs(l) + Math.sqrt(BETA))],
  ['sign(logp_l)', each((_, l) => Math.sign(l))],
  ['stop_grad(logp_w) * beta', each((w) => w * BETA)],
  ['beta * ( # open until\n  logp_w # here\n)', each((w) => BETA * w)],
]; // prettier-ignore

describe('the value of a formula', () => {
  it.each(cases)('%s', async (text, expected) => {
    const value = await valueOf(text);
    expect(value.length).toBe(expected.length);
    value.forEach((x, i) => expect(x).toBeCloseTo(expected[i] as number, 12));
  });

  it('passes through names, one line after the other, and empty lines', async () => {
    const text = '\n# margin\na = beta * logp_w\r\n\nb = a - 1 # less one\nloss = a * b';
    const { loss = [] } = await evaluateNames(formulaOf(text, vocabulary), numbers);
    expect([...loss]).toEqual(each((w) => BETA * w * (BETA * w - 1)));
  });

  it('is checked for every elementwise function', () => {
    const used = cases.map(([text]) => text).join(' ');
    const names = [...functions].filter(([, { kind }]) => kind === 'elementwise').map(([name]) => name);
    for (const name of names) expect(used).toContain(`${name}(`);
  });
});
