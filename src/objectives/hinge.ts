/** Hinge loss on DPO's margin, as TRL's `loss_type="hinge"`. */
import { beta } from './parameters.ts';
import type { Objective } from './objective.ts';

export const objective: Objective = {
  name: 'hinge',
  title: 'DPO with a hinge',
  family: 'dpo',
  description: 'Raises the margin at a constant pull until it reaches 1 / beta, then stops altogether.',
  setting: 'pairs',
  formula: `h_w = logp_w - ref_w
h_l = logp_l - ref_l
rewards_chosen = beta * h_w
rewards_rejected = beta * h_l
loss = relu(1 - beta * (h_w - h_l))`,
  parameters: { beta },
  reduction: 'sum',
  tie: 'excluded',
  bothBad: 'excluded',
  paper: {
    title: 'SLiC-HF: Sequence Likelihood Calibration with Human Feedback',
    authors: 'Zhao, Joshi, Liu, Khalman, Saleh and Liu',
    year: 2023,
    equation: 'section 2; with a reference as in arXiv 2309.06657',
    url: 'https://arxiv.org/abs/2305.10425',
  },
  trl: { trainer: 'dpo', loss_type: 'hinge' },
};
