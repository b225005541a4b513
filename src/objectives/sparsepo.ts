/** SparsePO with two learned masks: one for rewards, one for divergences. */
import { number } from './parts/number.ts';
import { beta } from './parameters.ts';
import type { Objective } from './objective.ts';

export const objective: Objective = {
  name: 'sparsepo',
  title: 'SparsePO',
  family: 'token-level',
  description:
    'Token-level DPO in which a small network decides how much each token counts and how tightly it is tied to the reference.',
  setting: 'pairs',
  formula: `ratio_w = logp_w[t] - ref_w[t]
ratio_l = logp_l[t] - ref_l[t]
rewards_chosen = beta * sum_t(mask_u_w[t] * ratio_w)
rewards_rejected = beta * sum_t(mask_u_l[t] * ratio_l)
drift = beta * (sum_t(mask_d_l[t] * kl_ref_l[t]) - sum_t(mask_d_w[t] * kl_ref_w[t]))
sparsity = l1_u * (mask_u_w + mask_u_l) + l1_d * (mask_d_w + mask_d_l)
loss = -log_sigmoid(rewards_chosen - rewards_rejected - drift) + sparsity`,
  parameters: {
    beta: { ...beta, default: 0.5 },
    l1_u: number(
      'sparsity of reward weights',
      [0, 0.1, 0.0001],
      0.001,
      'Larger sets more of the weights to exactly 0.',
    ),
    l1_d: number(
      'sparsity of divergence weights',
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
    equation: 'independent masks',
    url: 'https://arxiv.org/abs/2410.05102',
  },
  trl: null,
};
