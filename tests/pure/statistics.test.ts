/** Statistics over seeds against published values and by their definitions. */
import { expect, it } from 'vitest';
import { stream } from '../../src/base/random.ts';
import { compareArms, holm, meanInterval, tQuantile, tTail } from '../../src/metrics/statistics.ts';

// Student's t, two-sided 5%: standard tables
it.each([[1, 12.7062], [2, 4.30265], [4, 2.77645], [9, 2.26216], [30, 2.04227], [1000, 1.96234]])(
  't with %i degrees of freedom cuts off 5%% at %f', (degrees, t) => expect(tQuantile(degrees)).toBeCloseTo(t, 3)); // prettier-ignore

it('tails of t: closed forms for one and two degrees of freedom', () => {
  for (const t of [0.1, 1, 3, 20]) {
    expect(tTail(t, 1)).toBeCloseTo(1 - (2 / Math.PI) * Math.atan(t), 12);
    expect(tTail(t, 2)).toBeCloseTo(1 - t / Math.sqrt(2 + t * t), 12);
  }
  expect(tTail(0, 5)).toBe(1);
});

it('the interval of a mean', () => {
  const { mean, halfWidth, n } = meanInterval([1, 2, 3, 4, 5]);
  expect([mean, n]).toEqual([3, 5]);
  expect(halfWidth).toBeCloseTo((2.776445 * Math.sqrt(2.5)) / Math.sqrt(5), 5);
  expect(meanInterval([1]).halfWidth).toBeNaN();
});

it('Holm corrects in order and never falls', () => {
  expect(holm([0.01, 0.04, 0.03])).toEqual([0.03, 0.06, 0.06]);
  expect(holm([0.9, 0.8])).toEqual([1, 1]);
});

it('a paired difference is found that the spread over seeds would hide', () => {
  const base = [0.2, 0.5, 0.8, 0.4, 0.6];
  const comparisons = compareArms({ a: base.map((x, i) => x + 0.1 + 0.001 * i), b: base, c: base });
  expect(comparisons.find((c) => c.a === 'a' && c.b === 'b')?.different).toBe(true);
  expect(comparisons.find((c) => c.a === 'b' && c.b === 'c')).toMatchObject({ p: 1, different: false });
});

it('calls equal arms different in at most about one race of twenty', () => {
  const random = stream(4, 'statistics');
  const normal = (): number => Array.from({ length: 12 }, () => random.uniform()).reduce((a, b) => a + b, -6);
  const races = 2000;
  let wrong = 0;
  for (let race = 0; race < races; race++) {
    const arms = Object.fromEntries(
      ['a', 'b', 'c', 'd'].map((arm) => [arm, Array.from({ length: 5 }, normal)]),
    );
    if (compareArms(arms).some((c) => c.different)) wrong += 1;
  }
  expect(wrong / races).toBeLessThan(0.06);
  expect(wrong / races).toBeGreaterThan(0.005);
});
