/** NPO: the rejected half of DPO. NPO with a retain term is this plus `sft`, or npo-rt in one. */
import { beta } from './parameters.ts';
import type { Objective } from './objective.ts';

export const objective: Objective = {
  name: 'npo',
  title: 'NPO',
  family: 'unlearning',
  description:
    'Forgets the rejected response, ever more gently as the policy gives it less than the reference did; the chosen one is not read.',
  setting: 'pairs',
  formula: `ratio_w = logp_w - ref_w
ratio_l = logp_l - ref_l
rewards_chosen = beta * ratio_w
rewards_rejected = beta * ratio_l
loss = 2 / beta * softplus(beta * ratio_l)`,
  parameters: { beta },
  reduction: 'sum',
  tie: 'excluded',
  bothBad: 'two-rejected',
  paper: {
    title: 'Negative Preference Optimization: From Catastrophic Collapse to Effective Unlearning',
    authors: 'Zhang, Lin, Bai and Mei',
    year: 2024,
    equation: 'L_NPO',
    url: 'https://arxiv.org/abs/2404.05868',
  },
  trl: null,
};
