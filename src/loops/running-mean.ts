/** The running mean of an objective's rewards, as TRL's BCO trainer keeps it: a state that every step moves. */
import type { Graph } from '../engine/graph.ts';
import { float } from '../engine/graph.ts';
import { sumAll } from '../engine/op-row.ts';
import type { Tensor } from '../engine/types.ts';

/** The state [2]: the mean, and the number of rewards behind it. Zeros before the first step. */
export const REWARD_MEAN_STATE = 'reward_mean';

/**
 * Takes the rewards of a batch [B] into state `name` and returns the new mean [], which no gradient flows through. Rewards
 * count where `present` [B] is not 0. As RunningMoments in trl/experimental/bco: with n new rewards of mean m, the mean
 * moves by (m - mean) n / (count + n).
 */
export function runningMean(
  g: Graph,
  name: string,
  sides: readonly { rewards: Tensor; present: Tensor }[],
): Tensor {
  const state = g.state(name, float(2), { replicated: true });
  const [mean, count] = [0, 1].map((offset) => g.apply('view', [state], { offset, shape: [] })) as [
    Tensor,
    Tensor,
  ];
  const none = g.scalar(0);
  const total = (list: readonly Tensor[]): Tensor =>
    list.map((x) => sumAll(g, x)).reduce((sum, x) => g.apply('add', [sum, x]));
  const sum = total(
    sides.map(({ rewards, present }) => g.apply('where', [present, g.apply('stop_grad', [rewards]), none])),
  );
  const fresh = total(sides.map(({ present }) => present));
  const known = g.apply('add', [count, fresh]);
  const away = g.apply('sub', [sum, g.apply('mul', [fresh, mean])]);
  const moved = g.apply('add', [mean, g.apply('div', [away, known])]);
  g.apply('copy', [state, g.apply('pack', [moved, known])]);
  return moved;
}
