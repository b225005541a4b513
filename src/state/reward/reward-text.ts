/** What the pictures of a reward model show, in a sentence or two. Says only what the numbers bear out. */
import { counted, fixed, percent, signed } from '../../charts/format.ts';
import type { BestOfN } from '../../metrics/best-of-n.ts';
import type { Proportion } from '../../metrics/calibration.ts';
import type { Interval } from '../../metrics/statistics.ts';
import type { RewardAudit, RewardEvaluation, RewardRanking } from '../../runs/reward/views.ts';

export const within = ({ low, high }: Proportion): string => `${percent(low)} to ${percent(high)}`;
const plusMinus = ({ mean, halfWidth }: Interval): string => `${fixed(mean)} ± ${fixed(halfWidth)}`;

export function accuracyText({ truth, labels, own }: RewardEvaluation, noise: number): string {
  const first = `It puts the better response first on ${percent(truth.share)} of ${counted(truth.n, 'held-out pair')} (95\u202f% interval ${within(truth)}).`;
  const chance =
    truth.low > 0.5
      ? ''
      : truth.high < 0.5
        ? ' That is worse than chance.'
        : ' Chance alone, 50\u202f%, lies inside.';
  if (own)
    return `${first}${chance} Of ${counted(own.n, 'label')} of yours that it never saw it gets ${percent(own.share)} right (${within(own)}).`;
  if (noise === 0) return first + chance;
  return `${first}${chance} Against labels with the noise that it learned from it is ${percent(labels.share)}; flawless rewards would reach about ${percent(1 - noise)}.`;
}

/** Mean confidence over all pairs. */
export function meanConfidence({ calibration: { bins, n } }: RewardEvaluation): number {
  return (
    bins.reduce((sum, { accuracy, confidence }) => sum + (accuracy.n > 0 ? accuracy.n * confidence : 0), 0) /
    n
  );
}

export function calibrationText(evaluation: RewardEvaluation): string {
  const { calibration, labels } = evaluation;
  if (calibration.n === 0) return 'No held-out pair has a label.';
  const claimed = meanConfidence(evaluation);
  const both = `On average it is ${percent(claimed)} sure and right in ${percent(labels.share)}`;
  const error = ` Expected calibration error ${fixed(calibration.ece)}.`;
  if (claimed > labels.high) return `${both}: surer than it is right.${error}`;
  if (claimed < labels.low) return `${both}: less sure than it could be.${error}`;
  return `${both}: no difference shown.${error}`;
}

/** Share of all (better, worse) twos, of any prompts, in which the better has the higher reward; equal ones count half. */
export function separation({ better, worse }: Pick<RewardEvaluation, 'better' | 'worse'>): number {
  let wins = 0;
  for (const b of better) for (const w of worse) wins += b > w ? 1 : b === w ? 0.5 : 0;
  return wins / (better.length * worse.length);
}

export function scoresText(evaluation: RewardEvaluation): string {
  const share = separation(evaluation);
  if (!Number.isFinite(share)) return 'No held-out pair is decided by the rule.';
  const overlap = share > 0.95 ? 'They hardly overlap' : share > 0.8 ? 'They overlap' : 'They overlap widely';
  return `${overlap}: of any better and any worse response, to whatever prompts, the better has the higher reward in ${percent(share)}. Only differences within a prompt were trained.`;
}

export function rankingText({ tauPolicy, tauTruth }: RewardRanking): string {
  const told = (tau: number): string => (Number.isFinite(tau) ? fixed(tau) : 'none');
  return `Kendall's tau of its order with the truth's ${told(tauTruth)}, with the policy's ${told(tauPolicy)} (1 the same order, −1 reversed).`;
}

export function auditTauText({ tauPolicy, tauTruth, prompts, samples }: RewardAudit): string {
  if (tauTruth.n === 0) return 'Over samples of held-out prompts it says the same of all.';
  return `Over ${samples} samples to each of ${prompts} held-out prompts: ${plusMinus(tauTruth)} with the truth, ${plusMinus(tauPolicy)} with the policy.`;
}

export function bestOfNText({ curve, verdict }: RewardAudit): string {
  const last = curve.at(-1) as BestOfN;
  const at = (n: number): BestOfN => curve.find((one) => one.n === n) ?? last;
  const best = curve.reduce((top, one) => (one.truth.mean > top.truth.mean ? one : top), last);
  const gains = `Best of ${last.n} by the reward gains ${signed(last.proxy.mean)} standard deviations of reward and ${signed(last.truth.mean)} of true utility.`;
  switch (verdict.kind) {
    case 'over-optimised':
      return `${gains} The truth was highest at ${verdict.peak} (${signed(at(verdict.peak).truth.mean)}) and falls from there while the reward goes on: over-optimised.`;
    case 'no-gain':
      if (best.n < last.n && best.truth.mean - 2 * best.truth.halfWidth > 0)
        return `${gains} The truth stood at ${signed(best.truth.mean)} where n was ${best.n}; of that nothing is left that could be told from chance.`;
      return `${gains} The reward rises, the truth does not: what it gains can’t be told from nothing.`;
    case 'levels-off':
      return `${gains} From ${verdict.from} on a further gain of the truth can’t be told from none.`;
    case 'both-rise':
      return `${gains} Both rise to the end: over this range the reward can be trusted to choose.`;
    default:
      return verdict satisfies never;
  }
}
