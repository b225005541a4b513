/** What is measured at a training step of a reward model, under the names of TRL's reward trainer. */
import { mean } from '../base/maths.ts';
import { accuracy } from './metrics.ts';

/** One row of the training log; rewards are what the head says, without the formula's margins. */
export interface RewardRow {
  /** Counts from 1: the row describes the update that made step `step`, measured before it. */
  step: number;
  epoch: number;
  learning_rate: number;
  loss: number;
  /** Before clipping. */
  grad_norm: number;
  /** Share of the batch's decided pairs whose chosen response has the higher reward; equal ones count half (in TRL 0). */
  accuracy: number;
  /** Mean of the chosen response's reward less the rejected one's, over the decided pairs. */
  margin: number;
  /** Over all responses of the batch. */
  mean_reward: number;
  min_reward: number;
  max_reward: number;
}

type RewardMetrics = Pick<RewardRow, 'accuracy' | 'margin' | 'mean_reward' | 'min_reward' | 'max_reward'>;

/** `chosen`, `rejected`: rewards of each pair; `decided`: for each pair whether its label says which is which. */
export function rewardMetrics(
  chosen: ArrayLike<number>,
  rejected: ArrayLike<number>,
  decided: readonly boolean[],
): RewardMetrics {
  const margins = Array.from(chosen, (w, i) => w - (rejected[i] as number)).filter((_, i) => decided[i]);
  const all = [...Array.from(chosen), ...Array.from(rejected)];
  return {
    accuracy: accuracy(margins),
    margin: mean(margins),
    mean_reward: mean(all),
    min_reward: all.reduce((least, x) => Math.min(least, x), Infinity),
    max_reward: all.reduce((most, x) => Math.max(most, x), -Infinity),
  };
}
