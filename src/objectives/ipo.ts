/** IPO, as TRL's `loss_type="ipo"`: log-ratios per token. */
import { beta } from './parameters.ts';
import type { Objective } from './objective.ts';

export const objective: Objective = {
  name: 'ipo',
  title: 'IPO',
  family: 'dpo',
  description: 'Aims at a margin of 1 / (2 beta) per token and pulls back what has gone beyond it.',
  setting: 'pairs',
  formula: `h_w = logp_w - ref_w
h_l = logp_l - ref_l
rewards_chosen = beta * h_w
rewards_rejected = beta * h_l
a_w = h_w / max(len_w, 1)
a_l = h_l / max(len_l, 1)
loss = square(a_w - a_l - 1 / (2 * beta))`,
  parameters: { beta },
  reduction: 'mean',
  tie: 'excluded',
  bothBad: 'excluded',
  paper: {
    title: 'A General Theoretical Paradigm to Understand Learning from Human Preferences',
    authors: 'Azar, Rowland, Piot, Guo, Calandriello, Valko and Munos',
    year: 2023,
    equation: 'equation 17, per token',
    url: 'https://arxiv.org/abs/2310.12036',
  },
  trl: { trainer: 'dpo', loss_type: 'ipo' },
};
