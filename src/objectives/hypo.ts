/** HyPO: DPO offline, reverse KL on samples of the policy. Recalled form. */
import { number } from './parts/number.ts';
import { beta } from './parameters.ts';
import type { Objective } from './objective.ts';

export const objective: Objective = {
  name: 'hypo',
  title: 'HyPO',
  family: 'dpo',
  description:
    'DPO on the pairs, and a brake where the data say nothing: the KL to the reference, estimated on one fresh response a prompt. Follow its gradient, not its value.',
  setting: 'pairs',
  formula: `h_w = logp_w - ref_w
h_l = logp_l - ref_l
rewards_chosen = beta * h_w
rewards_rejected = beta * h_l
offline = -log_sigmoid(beta * (h_w - h_l))
online = stop_grad(logp_o - ref_o) * logp_o
loss = offline + kl_weight * online`,
  parameters: {
    beta: { ...beta, default: 0.05 },
    kl_weight: number(
      'weight of the KL',
      [0, 1, 0.005],
      0.02,
      'Larger keeps the policy close to the reference everywhere; 0 is DPO.',
    ),
  },
  reduction: 'sum',
  tie: 'excluded',
  bothBad: 'excluded',
  paper: {
    title: 'The Importance of Online Data: Understanding Preference Fine-tuning via Coverage',
    authors: 'Song, Swamy, Singh, Bagnell and Sun',
    year: 2024,
    equation: 'algorithm HyPO',
    url: 'https://arxiv.org/abs/2406.01462',
  },
  trl: null,
};
