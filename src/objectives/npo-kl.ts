/** NPO with the KL from the reference on responses to keep. */
import { number } from './parts/number.ts';
import { beta } from './parameters.ts';
import type { Objective } from './objective.ts';

export const objective: Objective = {
  name: 'npo-kl',
  title: 'NPO with a KL term',
  family: 'unlearning',
  description:
    'Forgets the rejected response while on the chosen one, an answer to keep, the policy stays close to the reference at every token.',
  setting: 'pairs',
  formula: `ratio_w = logp_w - ref_w
ratio_l = logp_l - ref_l
rewards_chosen = beta * ratio_w
rewards_rejected = beta * ratio_l
forget = 2 / beta * softplus(beta * ratio_l)
retain = mean_t(kl_ref_w[t])
loss = forget + retain_weight * retain`,
  parameters: {
    beta,
    retain_weight: number('weight of what is kept', [0, 10, 0.1], 1, 'Larger protects the answers to keep.'),
  },
  reduction: 'sum',
  tie: 'excluded',
  bothBad: 'excluded',
  paper: {
    title: 'Negative Preference Optimization: From Catastrophic Collapse to Effective Unlearning',
    authors: 'Zhang, Lin, Bai and Mei',
    year: 2024,
    equation: 'L_NPO+KL',
    url: 'https://arxiv.org/abs/2404.05868',
  },
  trl: null,
};
