/** What the page says of a reward model: only what the numbers bear out. */
import { expect, it } from 'vitest';
import type { Label } from '../../src/labelers/labeler.ts';
import type { Optimisation } from '../../src/metrics/best-of-n.ts';
import { calibration, marginAccuracy } from '../../src/metrics/calibration.ts';
import type { RewardAudit, RewardEvaluation } from '../../src/runs/reward/views.ts';
import { splitLabels } from '../../src/state/reward/reward-labels.ts';
import {
  accuracyText,
  bestOfNText,
  calibrationText,
  scoresText,
  separation,
} from '../../src/state/reward/reward-text.ts';

/** Of pairs with these margins, the labels being the truth. */
function evaluationOf(margins: readonly number[]): RewardEvaluation {
  const truth = marginAccuracy(margins);
  return {
    step: 1,
    truth,
    labels: truth,
    own: null,
    calibration: calibration(margins),
    better: margins.map((m) => m / 2),
    worse: margins.map((m) => -m / 2),
    ranking: { prompt: '', responses: [], tauPolicy: NaN, tauTruth: NaN },
  };
}
const share = (right: number, wrong: number, size: number): number[] => [
  ...new Array<number>(right).fill(size),
  ...new Array<number>(wrong).fill(-size),
];

it('accuracy: with its interval, and chance where that lies inside', () => {
  expect(accuracyText(evaluationOf(share(80, 20, 1)), 0)).toBe(
    'It puts the better response first on 80\u202f% of 100 held-out pairs (95\u202f% interval 71\u202f% to 87\u202f%).',
  );
  expect(accuracyText(evaluationOf(share(52, 48, 1)), 0)).toContain('Chance alone, 50\u202f%, lies inside.');
  expect(accuracyText(evaluationOf(share(20, 80, 1)), 0)).toContain('worse than chance');
  expect(accuracyText(evaluationOf(share(80, 20, 1)), 0.2)).toContain('would reach about 80\u202f%');
});

it('accuracy: on labels of the visitor that were kept from training', () => {
  const own = marginAccuracy([1, 1, -1, 1]);
  expect(accuracyText({ ...evaluationOf(share(80, 20, 1)), own }, 0)).toContain(
    'Of 4 labels of yours that it never saw it gets 75\u202f% right (30\u202f% to 95\u202f%).',
  );
  const labels = Array.from({ length: 12 }, (_, index): Label => ({
    pair: { kind: 'stock', seed: 0, index, split: 'train' },
    choice: index === 3 ? 'tie' : 'a',
    source: 'human',
  }));
  const { learned, kept } = splitLabels(labels);
  expect([learned.length, kept.length]).toEqual([10, 2]);
  expect(new Set([...learned, ...kept])).toEqual(new Set(labels));
  expect(splitLabels(labels.slice(0, 10))).toEqual({ learned: labels.slice(0, 10), kept: [] });
});

it('calibration: surer, less sure, or no difference shown', () => {
  expect(calibrationText(evaluationOf(share(60, 40, 3)))).toContain('surer than it is right');
  expect(calibrationText(evaluationOf(share(95, 5, 0.2)))).toContain('less sure than it could be');
  expect(calibrationText(evaluationOf(share(73, 27, 1)))).toContain('no difference shown');
  expect(calibrationText(evaluationOf([]))).toContain('No held-out pair');
});

it('scores: how far better and worse lie apart', () => {
  expect(separation({ better: [1, 2], worse: [0, 1] })).toBe(0.875);
  expect(scoresText(evaluationOf(share(10, 0, 1)))).toContain('hardly overlap');
  expect(scoresText(evaluationOf([]))).toContain('No held-out pair');
});

it('best of n: each verdict has its own words', () => {
  const of = (mean: number) => ({ mean, halfWidth: 0.1, n: 8 });
  const text = (verdict: Optimisation): string =>
    bestOfNText({
      curve: [1, 4, 16, 64].map((n, i) => ({ n, proxy: of(i), truth: of(i / 2) })),
      verdict,
    } as unknown as RewardAudit);
  expect(text({ kind: 'both-rise' })).toContain(
    'gains +3.00 standard deviations of reward and +1.50 of true utility',
  );
  expect(text({ kind: 'over-optimised', peak: 4, loss: of(1) })).toContain('highest at 4 (+0.50)');
  expect(text({ kind: 'no-gain' })).toContain('The reward rises, the truth does not');
  expect(text({ kind: 'levels-off', from: 16 })).toContain('From 16 on');
  const lost = [0, 0.5, 0.2, -0.1].map((mean, i) => ({ n: 4 ** i, proxy: of(i), truth: of(mean) }));
  expect(bestOfNText({ curve: lost, verdict: { kind: 'no-gain' } } as unknown as RewardAudit)).toContain(
    'The truth stood at +0.50 where n was 4; of that nothing is left',
  );
});
