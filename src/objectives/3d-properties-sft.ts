/** DPO with a log-likelihood term on the chosen response, summed over its tokens. */
import { number } from './parts/number.ts';
import { beta } from './parameters.ts';
import type { Objective } from './objective.ts';

export const objective: Objective = {
  name: '3d-properties-sft',
  title: 'SFT-DPO',
  family: 'dpo',
  description:
    'DPO plus the log-loss of the chosen response, which keeps that one probable and little mass on responses that nobody labelled.',
  setting: 'pairs',
  formula: `h_w = logp_w - ref_w
h_l = logp_l - ref_l
rewards_chosen = beta * h_w
rewards_rejected = beta * h_l
loss = -log_sigmoid(beta * (h_w - h_l)) - sft_weight * logp_w`,
  parameters: {
    beta: { ...beta, default: 1 },
    sft_weight: number(
      'weight of the log-loss',
      [0, 2, 0.01],
      0.1,
      'Larger keeps the chosen responses more probable.',
    ),
  },
  reduction: 'sum',
  tie: 'excluded',
  bothBad: 'excluded',
  paper: {
    title: '3D-Properties: Identifying Challenges in DPO and Charting a Path Forward',
    authors: 'Yan, Miao, Li, Zhang, Xie, Deng and Yan',
    year: 2024,
    equation: 'equation 7',
    url: 'https://arxiv.org/abs/2406.07327',
  },
  trl: null,
};
