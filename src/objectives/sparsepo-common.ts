/** SparsePO with one learned mask for rewards and divergences. */
import { number } from './parts/number.ts';
import { beta } from './parameters.ts';
import type { Objective } from './objective.ts';

export const objective: Objective = {
  name: 'sparsepo-common',
  title: 'SparsePO, common mask',
  family: 'token-level',
  description: 'SparsePO whose one mask both weighs a token and ties it to the reference.',
  setting: 'pairs',
  formula: `ratio_w = logp_w[t] - ref_w[t]
ratio_l = logp_l[t] - ref_l[t]
rewards_chosen = beta * sum_t(mask_u_w[t] * ratio_w)
rewards_rejected = beta * sum_t(mask_u_l[t] * ratio_l)
drift = beta * (sum_t(mask_u_l[t] * kl_ref_l[t]) - sum_t(mask_u_w[t] * kl_ref_w[t]))
sparsity = l1 * (mask_u_w + mask_u_l)
loss = -log_sigmoid(rewards_chosen - rewards_rejected - drift) + sparsity`,
  parameters: {
    beta: { ...beta, default: 0.5 },
    l1: number(
      'sparsity of weights',
      [0, 0.1, 0.0001],
      0.001,
      'Larger sets more of the weights to exactly 0.',
    ),
  },
  reduction: 'sum',
  tie: 'excluded',
  bothBad: 'excluded',
  paper: {
    title: 'SparsePO: Controlling Preference Alignment of LLMs via Sparse Token Masks',
    authors: 'Christopoulou, Cardenas, Lampouras, Bou-Ammar and Wang',
    year: 2024,
    equation: 'common mask',
    url: 'https://arxiv.org/abs/2410.05102',
  },
  trl: null,
};
