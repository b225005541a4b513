/** Multi-turn KTO: only the model's own turns count. */
import { beta, desirableWeight, undesirableWeight } from './parameters.ts';
import type { Objective } from './objective.ts';

export const objective: Objective = {
  name: 'm-kto',
  title: 'M-KTO',
  family: 'unpaired',
  description:
    "KTO over trajectories with tool calls: token weights are 1 in the model's turns, else 0, and the loop counts mismatched pairs in the same way.",
  setting: 'pairs',
  formula: `u_w = sum_t(token_weight_w[t] * (logp_w[t] - ref_w[t]))
u_l = sum_t(token_weight_l[t] * (logp_l[t] - ref_l[t]))
rewards_chosen = eta * u_w
rewards_rejected = eta * u_l
zero_point = max(mean(logp_m - ref_m), 0)
good = desirable_weight * (1 - sigmoid(eta * (u_w - zero_point)))
bad = undesirable_weight * (1 - sigmoid(eta * (zero_point - u_l)))
loss = (good + bad) / 2`,
  parameters: {
    eta: { ...beta, label: 'eta' },
    desirable_weight: desirableWeight,
    undesirable_weight: undesirableWeight,
  },
  reduction: 'sum',
  tie: 'excluded',
  bothBad: 'excluded',
  paper: {
    title: 'Building Math Agents with Multi-Turn Iterative Preference Learning',
    authors: 'Xiong and others',
    year: 2024,
    equation: 'M-KTO loss',
    url: 'https://arxiv.org/abs/2409.02392',
  },
  trl: null,
};
