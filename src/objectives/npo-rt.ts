/** NPO with the log-loss of a response to keep. */
import { number } from './parts/number.ts';
import { beta } from './parameters.ts';
import type { Objective } from './objective.ts';

export const objective: Objective = {
  name: 'npo-rt',
  title: 'NPO with a retain term',
  family: 'unlearning',
  description:
    'Forgets the rejected response while the chosen one, an answer to keep, stays probable: the loop pairs answers to forget with answers to keep.',
  setting: 'pairs',
  formula: `ratio_w = logp_w - ref_w
ratio_l = logp_l - ref_l
rewards_chosen = beta * ratio_w
rewards_rejected = beta * ratio_l
forget = 2 / beta * softplus(beta * ratio_l)
retain = -logp_w / len_w
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
    equation: 'L_NPO+RT',
    url: 'https://arxiv.org/abs/2404.05868',
  },
  trl: null,
};
