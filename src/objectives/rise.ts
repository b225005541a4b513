/** RISE: DPO plus a mean log-loss on the chosen response. The log-loss and its weight are recalled. */
import { number } from './parts/number.ts';
import { beta } from './parameters.ts';
import type { Objective } from './objective.ts';

export const objective: Objective = {
  name: 'rise',
  title: 'RISE',
  family: 'dpo',
  description:
    'DPO on near-identical pairs, the rejected one a spoiled step of the chosen one; the loop makes the edits and mixes in ordinary pairs.',
  setting: 'pairs',
  formula: `h_w = logp_w - ref_w
h_l = logp_l - ref_l
rewards_chosen = beta * h_w
rewards_rejected = beta * h_l
loss = -log_sigmoid(beta * (h_w - h_l)) - sft_weight * logp_w / len_w`,
  parameters: {
    beta: { ...beta, default: 0.4 },
    sft_weight: number(
      'weight of the log-loss',
      [0, 2, 0.01],
      0.05,
      'Larger keeps the chosen responses more probable.',
    ),
  },
  reduction: 'sum',
  tie: 'excluded',
  bothBad: 'excluded',
  paper: {
    title: 'Subtle Errors Matter: Preference Learning via Error-injected Self-editing',
    authors: 'Xu and others',
    year: 2024,
    equation: 'the loss over edited and full pairs',
    url: 'https://arxiv.org/abs/2410.06638',
  },
  trl: null,
};
