/** Measures of reward models: intervals, calibration, best of n, against counting by hand. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { stream } from '../../src/base/random.ts';
import { mean } from '../../src/base/maths.ts';
import { bestOfN, expectedBest, judgeOptimisation } from '../../src/metrics/best-of-n.ts';
import { calibration, marginAccuracy, wilson } from '../../src/metrics/calibration.ts';
import { rewardMetrics } from '../../src/metrics/reward.ts';

it("Wilson's interval has its known values and stays inside 0 to 1", () => {
  // statsmodels' proportion_confint(8, 10, method='wilson')
  expect(wilson(8, 10)).toMatchObject({ share: 0.8, n: 10 });
  expect(wilson(8, 10).low).toBeCloseTo(0.4901625, 6);
  expect(wilson(8, 10).high).toBeCloseTo(0.9433178, 6);
  expect(wilson(0, 5).low).toBe(0);
  expect(wilson(5, 5).high).toBe(1);
  expect(wilson(0, 0)).toMatchObject({ low: 0, high: 1 });
  expect(marginAccuracy([1, -1, 0]).share).toBeCloseTo(0.5);
});

it('a model that is as often right as it says is calibrated', () => {
  const random = stream(3, 'test');
  const margins = Array.from({ length: 20_000 }, () => {
    const size = (4 * random.u32()) / 4294967296;
    return random.u32() / 4294967296 < 1 / (1 + Math.exp(-size)) ? size : -size;
  });
  expect(calibration(margins).ece).toBeLessThan(0.015);
  const sure = calibration(margins.map((m) => 10 * m));
  expect(sure.ece).toBeGreaterThan(0.1);
  expect(sure.bins.reduce((sum, bin) => sum + bin.accuracy.n, 0)).toBe(margins.length);
});

it('the expected calibration error is what counting gives', () => {
  // two pairs at confidence sigmoid(1), one right; one at 0.5, undecided
  const { ece, bins } = calibration([1, -1, 0]);
  const confidence = 1 / (1 + Math.exp(-1));
  expect(ece).toBeCloseTo((2 / 3) * Math.abs(0.5 - confidence) + 0, 12);
  expect(bins.filter(({ accuracy }) => accuracy.n > 0)).toHaveLength(2);
  expect(calibration([]).ece).toBeNaN();
});

/** All subsets of n, one by one; equal proxies share the mean of their truths. */
function byCounting(by: readonly number[], values: readonly number[], n: number): number {
  const results: number[] = [];
  for (let set = 0; set < 1 << by.length; set++) {
    const members = by.map((_, i) => i).filter((i) => (set >> i) & 1);
    if (members.length !== n) continue;
    const most = Math.max(...members.map((i) => by[i] as number));
    const best = by.map((_, i) => i).filter((i) => by[i] === most);
    results.push(mean(best.map((i) => values[i] as number)));
  }
  return mean(results);
}

it('best of n is the mean over all subsets of n', () => {
  const numbers = fc.array(
    fc.record({ by: fc.integer({ min: 0, max: 5 }), value: fc.integer({ min: -9, max: 9 }) }),
    {
      minLength: 1,
      maxLength: 9,
    },
  );
  fc.assert(
    fc.property(numbers, (rows) => {
      const [by, values] = [rows.map((row) => row.by), rows.map((row) => row.value)];
      for (let n = 1; n <= rows.length; n++) {
        expect(expectedBest(by, values, n)).toBeCloseTo(byCounting(by, values, n), 9);
      }
    }),
    { seed: 1, numRuns: 100 },
  );
});

const NS = [1, 2, 4, 8, 16, 32, 64];

/** 12 prompts of 128 responses whose truth is made of the proxy and of chance. */
function draws(truthOf: (proxy: number, noise: number) => number) {
  const random = stream(11, 'test');
  const normal = (): number =>
    Array.from({ length: 12 }, () => random.u32() / 4294967296).reduce((a, b) => a + b, 0) - 6;
  return Array.from({ length: 12 }, () => {
    const proxy = Array.from({ length: 128 }, normal);
    return { proxy, truth: proxy.map((x) => truthOf(x, normal())) };
  });
}

it('the proxy gains with every n, from 0', () => {
  const curve = bestOfN(
    draws((proxy, noise) => proxy + noise),
    NS,
  );
  expect(curve[0]?.proxy.mean).toBeCloseTo(0, 12);
  for (let i = 1; i < curve.length; i++) {
    expect(curve[i]?.proxy.mean).toBeGreaterThan(curve[i - 1]?.proxy.mean as number);
  }
  // half of the truth's variance is the proxy's
  expect(curve[6]?.truth.mean).toBeLessThan(curve[6]?.proxy.mean as number);
});

it('tells over-optimisation from a truth that rises along, that levels off, and that never gained', () => {
  expect(
    judgeOptimisation(
      draws((proxy) => proxy),
      NS,
    ).kind,
  ).toBe('both-rise');
  expect(
    judgeOptimisation(
      draws((proxy, noise) => Math.min(proxy, 0.5) + noise),
      NS,
    ).kind,
  ).toBe('levels-off');
  expect(
    judgeOptimisation(
      draws((proxy) => (proxy > 1 ? -proxy : proxy)),
      NS,
    ),
  ).toMatchObject({
    kind: 'over-optimised',
  });
  expect(
    judgeOptimisation(
      draws((_, noise) => noise),
      NS,
    ).kind,
  ).toBe('no-gain');
});

it("TRL's metrics of a batch; an undecided pair has no margin", () => {
  expect(rewardMetrics([1, 2, 5], [0, 3, 5], [true, true, false])).toEqual({
    accuracy: 0.5,
    margin: 0,
    mean_reward: 16 / 6,
    min_reward: 0,
    max_reward: 5,
  });
});
