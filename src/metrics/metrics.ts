/** What is measured at a training step, under TRL's names where TRL has one. Pure functions over per-pair numbers. */
import { mean } from '../base/maths.ts';

/** One row of the training log. All sums are over completion tokens; log-probs and KL in nats. */
export interface StepMetrics {
  /** Counts from 1: the row describes the update that made step `step`, measured before it. */
  step: number;
  epoch: number;
  learning_rate: number;
  loss: number;
  /** Before clipping. */
  grad_norm: number;
  'rewards/chosen': number;
  'rewards/rejected': number;
  'rewards/margins': number;
  /** Share of the batch's pairs with a positive margin; a margin of exactly 0 counts half (TRL counts it 0). */
  'rewards/accuracies': number;
  'logps/chosen': number;
  'logps/rejected': number;
}

/** One number a pair, chosen and rejected side by side. */
export interface BatchNumbers {
  rewardChosen: ArrayLike<number>;
  rewardRejected: ArrayLike<number>;
  logpChosen: ArrayLike<number>;
  logpRejected: ArrayLike<number>;
}

export type PairMetrics = Pick<
  StepMetrics,
  | 'rewards/chosen'
  | 'rewards/rejected'
  | 'rewards/margins'
  | 'rewards/accuracies'
  | 'logps/chosen'
  | 'logps/rejected'
>;

/** Which responses of a pair were labelled: chosen and rejected, a rejected one alone, or neither (a tie). */
export type CountedSides = 'both' | 'rejected' | 'none';

/** Means over what was labelled; `sides`: one a pair, all `both` where absent. NaN where the batch has nothing of a kind. */
export function pairMetrics(batch: BatchNumbers, sides?: readonly CountedSides[]): PairMetrics {
  const decided = (_: unknown, i: number): boolean => (sides?.[i] ?? 'both') === 'both';
  const rejected = (_: unknown, i: number): boolean => (sides?.[i] ?? 'both') !== 'none';
  const margins = Array.from(batch.rewardChosen, (w, i) => w - (batch.rewardRejected[i] as number));
  const of = (values: ArrayLike<number>, counts: typeof decided): number[] =>
    Array.from(values).filter(counts);
  return {
    'rewards/chosen': mean(of(batch.rewardChosen, decided)),
    'rewards/rejected': mean(of(batch.rewardRejected, rejected)),
    'rewards/margins': mean(margins.filter(decided)),
    'rewards/accuracies': accuracy(margins.filter(decided)),
    'logps/chosen': mean(of(batch.logpChosen, decided)),
    'logps/rejected': mean(of(batch.logpRejected, rejected)),
  };
}

/** Share of positive margins; a margin of 0 decides nothing and counts half. */
export function accuracy(margins: ArrayLike<number>): number {
  return mean(Array.from(margins, (m) => (m > 0 ? 1 : m < 0 ? 0 : 0.5)));
}

/** Kendall's tau-b between two lists of scores: 1 the same order, -1 the opposite; NaN where one list is all ties. */
export function kendallTau(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let agreement = 0;
  let untiedA = 0;
  let untiedB = 0;
  for (let i = 0; i < a.length; i++) {
    for (let j = 0; j < i; j++) {
      const orderA = Math.sign((a[i] as number) - (a[j] as number));
      const orderB = Math.sign((b[i] as number) - (b[j] as number));
      agreement += orderA * orderB;
      untiedA += orderA * orderA;
      untiedB += orderB * orderB;
    }
  }
  return agreement / Math.sqrt(untiedA * untiedB);
}
