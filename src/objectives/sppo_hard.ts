/** SPPO with hard labels, as TRL's `loss_type="sppo_hard"`. */
import { beta } from './parameters.ts';
import type { Objective } from './objective.ts';

export const objective: Objective = {
  name: 'sppo_hard',
  title: 'SPPO, hard labels',
  family: 'dpo',
  description:
    'Regresses each log-ratio to half of 1 / beta, up for the chosen and down for the rejected response.',
  setting: 'pairs',
  formula: `h_w = logp_w - ref_w
h_l = logp_l - ref_l
rewards_chosen = beta * h_w
rewards_rejected = beta * h_l
loss = square(h_w - 0.5 / beta) + square(h_l + 0.5 / beta)`,
  parameters: { beta },
  reduction: 'sum',
  tie: 'excluded',
  bothBad: 'excluded',
  paper: {
    title: 'Self-Play Preference Optimization for Language Model Alignment',
    authors: 'Wu, Sun, Yuan, Ji, Yang and Gu',
    year: 2024,
    equation: 'equation 4.7, with probabilities 1 and 0',
    url: 'https://arxiv.org/abs/2405.00675',
  },
  trl: { trainer: 'dpo', loss_type: 'sppo_hard' },
};
