/**
 * A reward model: the decoder's trunk, and a scalar head on the hidden state (after the final norm) of a response's last
 * token. Its flat block holds the decoder's parameters first, then the head's.
 */
import { ShapeError } from '../../base/errors.ts';
import type { Graph } from '../../engine/graph.ts';
import { createGraph, float, integer } from '../../engine/graph.ts';
import type { Tensor } from '../../engine/types.ts';
import type { LmConfig } from './config.ts';
import { parameterCount } from './config.ts';
import type { Weights } from './decoder.ts';
import { hiddenStates, viewWeights } from './decoder.ts';

/** State: the flat block of a reward model. */
export const REWARD_MODEL = 'reward.model';

export interface RewardModel {
  trunk: Weights;
  /** [1,D] */
  weight: Tensor;
  /** [] */
  bias: Tensor;
  /** All of it in the order of the flat block: what is differentiated, then packed. */
  all: Tensor[];
}

/** Parameters of trunk and head: the head has one weight for each number of the hidden state, and a bias. */
export function rewardParameterCount(config: LmConfig): number {
  return parameterCount(config) + config.width + 1;
}

/** The flat block that training starts from: the trunk as given [P], the head all zeros, so that every reward is 0. */
export function initialReward(config: LmConfig, trunk: ArrayLike<number>): Float32Array {
  if (trunk.length !== parameterCount(config)) {
    throw new ShapeError(`trunk: expected ${parameterCount(config)} numbers, received ${trunk.length}`);
  }
  const block = new Float32Array(rewardParameterCount(config));
  block.set(trunk);
  return block;
}

/** The state REWARD_MODEL, opened as views. */
export function openRewardModel(g: Graph, config: LmConfig): { block: Tensor; model: RewardModel } {
  const block = g.state(REWARD_MODEL, float(rewardParameterCount(config)));
  const trunk = viewWeights(g, config, block);
  const behind = parameterCount(config);
  const weight = g.apply('view', [block], { offset: behind, shape: [1, config.width] });
  const bias = g.apply('view', [block], { offset: behind + config.width, shape: [] });
  return { block, model: { trunk, weight, bias, all: [...trunk.all, weight, bias] } };
}

/** hidden [N,D], the row of each response's last token [S] i32 -> rewards [S]. */
export function rewardsOf(g: Graph, { weight, bias }: RewardModel, hidden: Tensor, last: Tensor): Tensor {
  const ends = g.apply('gather', [hidden, last]);
  const column = g.apply('matmul', [ends, weight], { transA: false, transB: true });
  const flat = g.apply('view', [column], { offset: 0, shape: last.shape });
  return g.apply('add', [flat, bias]);
}

/** Feeds `tokens` [rows * length] i32 and `last` [rows] i32, an index among the tokens; output `reward` [rows]. */
export function rewardScoreProgram(config: LmConfig, rows: number, length: number): Graph {
  const g = createGraph();
  const { model } = openRewardModel(g, config);
  const tokens = g.feed('tokens', integer(rows * length));
  const hidden = hiddenStates(g, config, model.trunk, tokens, length);
  g.output('reward', rewardsOf(g, model, hidden, g.feed('last', integer(rows))));
  return g;
}
