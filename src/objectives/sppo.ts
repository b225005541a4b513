/** SPPO with soft win probabilities; TRL has the hard form only. */
import { number } from './parts/number.ts';
import type { Objective } from './objective.ts';

export const objective: Objective = {
  name: 'sppo',
  title: 'SPPO',
  family: 'dpo',
  description:
    'Sets each response a target of its own: a log-ratio in proportion to how far its judged chance of beating the policy is from one half. The loop samples, judges and picks best and worst.',
  setting: 'pairs',
  formula: `ratio_w = logp_w - ref_w
ratio_l = logp_l - ref_l
rewards_chosen = ratio_w
rewards_rejected = ratio_l
miss_w = ratio_w - eta * (win_rate_w - 0.5)
miss_l = ratio_l - eta * (win_rate_l - 0.5)
loss = (square(miss_w) + square(miss_l)) / 2`,
  parameters: {
    eta: number('eta', [0.1, 1000, 0.1], 10, 'Size of the targets; 1 / beta in the released code.', {
      scale: 'log',
    }),
  },
  reduction: 'sum',
  tie: 'excluded',
  bothBad: 'excluded',
  paper: {
    title: 'Self-Play Preference Optimization for Language Model Alignment',
    authors: 'Wu, Sun, Yuan, Ji, Yang and Gu',
    year: 2024,
    equation: 'SPPO loss, half the sum over best and worst',
    url: 'https://arxiv.org/abs/2405.00675',
  },
  trl: null,
};
