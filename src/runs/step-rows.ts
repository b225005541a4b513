/** What a run reports of its updates: a row of metrics each, log-ratios of the newest batch, and what went wrong. */
import type { Outputs, Values } from '../engine/backend.ts';
import { learningRate } from '../training/optimiser.ts';
import type { StepMetrics } from '../metrics/metrics.ts';
import { pairMetrics } from '../metrics/metrics.ts';
import type { PairData } from './pair-data.ts';
import type { PreferencePair } from './pairs.ts';
import type { Recipe } from '../recipes/schema.ts';

/** One number a decided pair, for each of its responses: log-prob under the policy less that under the reference. */
export interface LogRatios {
  chosen: number[];
  rejected: number[];
}

export function logRatios(
  output: Outputs | undefined,
  picked: readonly number[],
  pairs: readonly PreferencePair[],
  data: PairData,
): LogRatios {
  const decided = [...picked.entries()].filter(([, p]) => pairs[p]?.sides === 'both');
  const of = (name: string, side: 0 | 1): number[] =>
    decided.map(([i, p]) => (output?.[name]?.[i] ?? NaN) - (data.reference[2 * p + side] ?? NaN));
  return { chosen: of('logp_w', 0), rejected: of('logp_l', 1) };
}

export function toMetrics(
  output: Outputs,
  step: number,
  recipe: Recipe,
  pairs: readonly PreferencePair[],
  picked: readonly number[],
): StepMetrics {
  const scalar = (name: string): number => output[name]?.[0] as number;
  return {
    step,
    epoch: (step * recipe.loop.batch) / pairs.length,
    learning_rate: learningRate(recipe.optimiser, step),
    loss: scalar('loss'),
    grad_norm: scalar('grad_norm'),
    ...pairMetrics(
      {
        rewardChosen: output['reward_w'] as Values,
        rewardRejected: output['reward_l'] as Values,
        logpChosen: output['logp_w'] as Values,
        logpRejected: output['logp_l'] as Values,
      },
      picked.map((p) => pairs[p]?.sides ?? 'both'),
    ),
  };
}
