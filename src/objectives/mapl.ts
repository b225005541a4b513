/** MAPL as a reward-model loss. The term between prompts is a reconstruction. */
import { number } from './parts/number.ts';
import type { Objective } from './objective.ts';

export const objective: Objective = {
  name: 'mapl',
  title: 'MAPL',
  family: 'reward-model',
  description:
    'A reward model that must also notice which prompt a response suits: the loop adds to the prompt instructions that one response meets and the other does not, both ways.',
  setting: 'pairs',
  formula: `rewards_chosen = head_w
rewards_rejected = head_l
gap = head_w - head_l
gap_xw = head_w_xw - head_l_xw
gap_xl = head_w_xl - head_l_xl
intra = -(log_sigmoid(head_w_xw - head_w_xl) + log_sigmoid(head_l_xl - head_l_xw)) / 2
inter = -log_sigmoid(gap_xw - gap) - log_sigmoid(gap - gap_xl)
loss = -log_sigmoid(gap) + intra_weight * intra + inter_weight * inter`,
  parameters: {
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
