/** PPO with clipped ratios and a clipped value head, as TRL's PPO trainer. */
import { number } from './parts/number.ts';
import type { Objective } from './objective.ts';

export const objective: Objective = {
  name: 'ppo',
  title: 'PPO',
  family: 'rl',
  description:
    'Raises tokens of positive advantage and lowers the others, within a clip, and teaches a value head on the way; the loop computes advantages and value targets.',
  setting: 'groups',
  formula: `ratio = exp(logp[t] - old[t])
unclipped = -advantage[t] * ratio
clipped = -advantage[t] * clamp(ratio, 1 - cliprange, 1 + cliprange)
policy_loss = sum(sum_t(max(unclipped, clipped))) / sum(len)
near = clamp(value[t], old_value[t] - cliprange_value, old_value[t] + cliprange_value)
value_error = max(square(value[t] - value_target[t]), square(near - value_target[t]))
value_loss = sum(sum_t(value_error)) / sum(len) / 2
loss = policy_loss + vf_coef * value_loss`,
  parameters: {
    cliprange: number(
      'clip range',
      [0.05, 0.5, 0.01],
      0.2,
      'How far the ratio to the sampling policy may go before its gradient is cut.',
    ),
    cliprange_value: number(
      'clip range of the value',
      [0.05, 1, 0.01],
      0.2,
      'How far a value may move from the one at sampling.',
    ),
    vf_coef: number('weight of the value loss', [0, 1, 0.05], 0.1, 'Larger teaches the value head faster.'),
  },
  reduction: 'sum',
  tie: 'excluded',
  bothBad: 'excluded',
  paper: {
    title: 'Proximal Policy Optimization Algorithms',
    authors: 'Schulman, Wolski, Dhariwal, Radford and Klimov',
    year: 2017,
    equation: 'equations 7 and 9',
    url: 'https://arxiv.org/abs/1707.06347',
  },
  trl: { trainer: 'ppo', loss_type: '' },
};
