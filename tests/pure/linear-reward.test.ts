/** The reward that labels come to, held against numbers that anybody can compute; and the pair that would tell most. */
import { expect, it } from 'vitest';
import { stream } from '../../src/base/random.ts';
import { mostTelling, gainOf } from '../../src/runs/online/ask.ts';
import { featuresOf, type Features } from '../../src/runs/online/features.ts';
import { tasteFrom } from '../../src/runs/online/taste.ts';
import { fitLinearReward, uncertaintyOf, type Preference } from '../../src/training/linear-reward.ts';
import { worldNamed } from '../support/worlds.ts';

const world = worldNamed('reviews');
const features = featuresOf(world) as Features;

/** The negative log-posterior, written out with the platform's own functions. */
function loss(preferences: readonly Preference[], weights: readonly number[], ridge: number): number {
  const fit = preferences.map(({ difference, prefers }) => {
    const margin = weights.reduce((sum, w, i) => sum + w * (difference[i] as number), 0);
    return prefers * Math.log1p(Math.exp(-margin)) + (1 - prefers) * Math.log1p(Math.exp(margin));
  });
  return fit.reduce((a, b) => a + b, 0) + 0.5 * ridge * weights.reduce((sum, w) => sum + w * w, 0);
}

const someone = (count: number, prefers: (i: number, x: readonly number[]) => number): Preference[] => {
  const luck = stream(3, 'differences');
  return Array.from({ length: count }, (_, i) => {
    const difference = [0, 1, 2].map(() => 4 * luck.uniform() - 2);
    return { difference, prefers: prefers(i, difference) };
  });
};

it('is where the posterior has its maximum, and as uncertain as its curvature says', () => {
  const preferences = someone(12, (i, x) => (i % 5 === 0 ? 0.5 : Number((x[0] as number) > 0)));
  const { weights, covariance } = fitLinearReward(preferences, 3, 0.7);
  const h = 1e-4;
  const nudged = (i: number, j: number, a: number, b: number): number =>
    loss(
      preferences,
      weights.map((w, k) => w + (k === i ? a : 0) + (k === j ? b : 0)),
      0.7,
    );
  const curvature = [0, 1, 2].map((i) => {
    expect((nudged(i, -1, h, 0) - nudged(i, -1, -h, 0)) / (2 * h)).toBeCloseTo(0, 6);
    return [0, 1, 2].map(
      (j) =>
        (nudged(i, j, h, h) - nudged(i, j, h, -h) - nudged(i, j, -h, h) + nudged(i, j, -h, -h)) / (4 * h * h),
    );
  });
  for (const i of [0, 1, 2])
    for (const j of [0, 1, 2]) {
      const product = [0, 1, 2].reduce(
        (sum, k) => sum + (curvature[i]?.[k] as number) * (covariance[k]?.[j] as number),
        0,
      );
      expect(product).toBeCloseTo(i === j ? 1 : 0, 4);
    }
});

it('without preferences it is the prior; those that contradict each other say less than a coin', () => {
  const none = fitLinearReward([], 2, 4);
  expect(none).toEqual({ weights: [0, 0], covariance: [[0.25, 0], [0, 0.25]], evidence: 0 }); // prettier-ignore
  expect(uncertaintyOf(none, [2, 0])).toBe(1);
  const clear = someone(10, (_, x) => Number((x[1] as number) > 0));
  const torn = clear.flatMap((one): Preference[] => [one, { ...one, prefers: 1 - one.prefers }]);
  expect(fitLinearReward(clear, 3, 1).evidence).toBeGreaterThan(1);
  expect(fitLinearReward(torn, 3, 1).evidence).toBeLessThan(-3);
  expect(tasteFrom(features, []).understood).toBe(false);
});

it('asks about what is not known yet, and by the attribute that the answer would tell of', () => {
  const length = features.attributes.findIndex(({ key }) => key === 'length');
  const along = (k: number, by: number): number[] => features.attributes.map((_, i) => (i === k ? by : 0));
  const known = Array.from({ length: 8 }, (_, i) => ({
    difference: along(0, i % 2 ? 3 : -3),
    prefers: i % 2,
  }));
  const taste = tasteFrom(features, known);
  expect(taste.understood).toBe(true);
  expect(gainOf(taste, along(length, 3))).toBeGreaterThan(2 * gainOf(taste, along(0, 3)));
  expect(gainOf(taste, along(length, 0))).toBeCloseTo(0, 12);
  const pairs = Array.from({ length: 60 }, (_, i) => world.pair(0, i));
  const told = mostTelling(taste, features, pairs);
  expect(pairs).toContain(told?.pair);
  expect(told?.about).not.toBe(features.attributes[0]?.key);
  expect(mostTelling(taste, features, [])).toBeNull();
});
