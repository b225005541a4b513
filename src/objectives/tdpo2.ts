/** Token-level DPO, version 2: no gradient through the chosen side of the sequence KL. */
import { number } from './parts/number.ts';
import { beta } from './parameters.ts';
import type { Objective } from './objective.ts';

export const objective: Objective = {
  name: 'tdpo2',
  title: 'TDPO2',
  family: 'token-level',
  description: 'TDPO that holds back drift on the rejected response only, with a strength of its own.',
  setting: 'pairs',
  formula: `h_w = logp_w - ref_w
h_l = logp_l - ref_l
rewards_chosen = beta * h_w
rewards_rejected = beta * h_l
drift = beta * kl_ref_l - stop_grad(beta * kl_ref_w)
loss = -log_sigmoid(beta * (h_w - h_l) - alpha * drift)`,
  parameters: {
    beta,
    alpha: number(
      'alpha',
      [0, 2, 0.05],
      0.5,
      'Larger holds the policy closer to the reference on rejected responses.',
    ),
  },
  reduction: 'sum',
  tie: 'excluded',
  bothBad: 'excluded',
  paper: {
    title: 'Token-level Direct Preference Optimization',
    authors: 'Zeng, Liu, Ma, Yang, Zhang and Wang',
    year: 2024,
    equation: 'TDPO2 loss',
    url: 'https://arxiv.org/abs/2404.11999',
  },
  trl: null,
};
