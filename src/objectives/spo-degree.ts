/** DPO with an auxiliary task: tell how many key words a response has lost. Recalled form. */
import { number } from './parts/number.ts';
import { beta } from './parameters.ts';
import type { Objective } from './objective.ts';

export const objective: Objective = {
  name: 'spo-degree',
  title: 'SPO (preference degree)',
  family: 'dpo',
  description:
    'Adds to DPO the log-loss of a head that guesses how much of a response was deleted; the loop deletes key words and provides the head.',
  setting: 'pairs',
  formula: `h_w = logp_w - ref_w
h_l = logp_l - ref_l
rewards_chosen = beta * h_w
rewards_rejected = beta * h_l
degree = -(class_logp_w + class_logp_l) / 2
loss = -log_sigmoid(beta * (h_w - h_l)) + degree_weight * degree`,
  parameters: {
    beta,
    degree_weight: number(
      'weight of the degree task',
      [0, 1, 0.01],
      0.1,
      'Larger lets the auxiliary task shape the policy more.',
    ),
  },
  reduction: 'sum',
  tie: 'excluded',
  bothBad: 'excluded',
  paper: {
    title:
      'Self-supervised Preference Optimization: Enhance Your Language Model with Preference Degree Awareness',
    authors: 'Li and others',
    year: 2024,
    equation: 'L_align + gamma L_deg',
    url: 'https://arxiv.org/abs/2409.17791',
  },
  trl: null,
};
