/** The running mean of an objective's rewards, as TRL's BCO trainer keeps it: a state that every step moves. */
import type { Graph } from '../engine/graph.ts';
import { sumAll } from '../engine/op-row.ts';
import type { Tensor } from '../engine/types.ts';

/** The state [2]: the mean, and the number of rewards behind it. Zeros before the first step. */
export const REWARD_MEAN_STATE = 'reward_mean';

/**
 * Takes the rewards of a batch [B] into `state` and returns the new mean [], which no gradient flows through. Rewards
 * count where `present` [B] is not 0. As RunningMoments in trl/experimental/bco: with n new rewards of mean m, the mean
 * moves by (m - mean) n / (count + n). Where `own` [] is given, the state stays as it is on replicas where that is 0.
 */
export function runningMean(
  g: Graph,
  state: Tensor,
  sides: readonly { rewards: Tensor; present: Tensor }[],
  own?: Tensor,
): Tensor {
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
  const next = g.apply('pack', [moved, known]);
  g.apply('copy', [state, own === undefined ? next : g.apply('where', [own, next, state])]);
  return moved;
}
