/** SparsePO's MaPO: a mask from the reference's activations, not learned. Not the MaPO of diffusion models. */
import { beta } from './parameters.ts';
import type { Objective } from './objective.ts';

export const objective: Objective = {
  name: 'sparsepo-mapo',
  title: 'SparsePO, activation mask',
  family: 'token-level',
  description:
    "Token-level DPO weighed by the reference's activations, scaled to 0..1 over the response; the loop gives them as token weights.",
  setting: 'pairs',
  formula: `ratio_w = logp_w[t] - ref_w[t]
ratio_l = logp_l[t] - ref_l[t]
rewards_chosen = beta * sum_t(token_weight_w[t] * ratio_w)
rewards_rejected = beta * sum_t(token_weight_l[t] * ratio_l)
drift = beta * (sum_t(token_weight_l[t] * kl_ref_l[t]) - sum_t(token_weight_w[t] * kl_ref_w[t]))
loss = -log_sigmoid(rewards_chosen - rewards_rejected - drift)`,
  parameters: { beta: { ...beta, default: 0.5 } },
  reduction: 'sum',
  tie: 'excluded',
  bothBad: 'excluded',
  paper: {
    title: 'SparsePO: Controlling Preference Alignment of LLMs via Sparse Token Masks',
    authors: 'Christopoulou, Cardenas, Lampouras, Bou-Ammar and Wang',
    year: 2024,
    equation: 'MaPO: activation-based mask',
    url: 'https://arxiv.org/abs/2410.05102',
  },
  trl: null,
};
