/** MAPL over implicit rewards. The term between prompts is a reconstruction. */
import { number } from './parts/number.ts';
import { beta } from './parameters.ts';
import type { Objective } from './objective.ts';

export const objective: Objective = {
  name: 'mapl-dpo',
  title: 'MAPL, DPO form',
  family: 'dpo',
  description:
    'MAPL with log-ratios for rewards. Within one response the prompts differ, so parts that depend on the prompt alone do not cancel there; they are ignored.',
  setting: 'pairs',
  formula: `r_w = beta * (logp_w - ref_w)
r_l = beta * (logp_l - ref_l)
r_w_xw = beta * (logp_w_xw - ref_w_xw)
r_l_xw = beta * (logp_l_xw - ref_l_xw)
r_w_xl = beta * (logp_w_xl - ref_w_xl)
r_l_xl = beta * (logp_l_xl - ref_l_xl)
rewards_chosen = r_w
rewards_rejected = r_l
gap = r_w - r_l
intra = -(log_sigmoid(r_w_xw - r_w_xl) + log_sigmoid(r_l_xl - r_l_xw)) / 2
inter = -log_sigmoid(r_w_xw - r_l_xw - gap) - log_sigmoid(gap - (r_w_xl - r_l_xl))
loss = -log_sigmoid(gap) + intra_weight * intra + inter_weight * inter`,
  parameters: {
    beta,
    intra_weight: number(
      'weight within a response',
      [0, 5, 0.1],
      1,
      'How much one response under two prompts counts.',
    ),
    inter_weight: number(
      'weight between prompts',
      [0, 5, 0.1],
      1,
      'How much the change of the gap between prompts counts.',
    ),
  },
  reduction: 'sum',
  tie: 'excluded',
  bothBad: 'excluded',
  paper: {
    title: 'Multi-Level Aware Preference Learning: Enhancing RLHF for Complex Multi-Instruction Tasks',
    authors: 'Sun, Cai, Zhu, Zhao, Xue, Zhou, Li and Li',
    year: 2025,
    equation: 'L_BT, L_intra and a reconstructed L_inter',
    url: 'https://arxiv.org/abs/2505.12845',
  },
  trl: null,
};
