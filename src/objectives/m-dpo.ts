/** Multi-turn DPO: only the model's own turns count. */
import { beta } from './parameters.ts';
import type { Objective } from './objective.ts';

export const objective: Objective = {
  name: 'm-dpo',
  title: 'M-DPO',
  family: 'dpo',
  description:
    "DPO over trajectories with tool calls, blind to what the tools wrote: token weights are 1 in the model's turns, else 0. The loop samples and resets the reference each round.",
  setting: 'pairs',
  formula: `u_w = sum_t(token_weight_w[t] * (logp_w[t] - ref_w[t]))
u_l = sum_t(token_weight_l[t] * (logp_l[t] - ref_l[t]))
rewards_chosen = eta * u_w
rewards_rejected = eta * u_l
loss = -log_sigmoid(eta * (u_w - u_l))`,
  parameters: { eta: { ...beta, label: 'eta' } },
  reduction: 'sum',
  tie: 'excluded',
  bothBad: 'excluded',
  paper: {
    title: 'Building Math Agents with Multi-Turn Iterative Preference Learning',
    authors: 'Xiong and others',
    year: 2024,
    equation: 'M-DPO loss',
    url: 'https://arxiv.org/abs/2409.02392',
  },
  trl: null,
};
