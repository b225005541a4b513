/** Selfie, also published as SPA, with the judge not extrapolated, as the released settings have it. */
import { number } from './parts/number.ts';
import { beta } from './parameters.ts';
import type { Objective } from './objective.ts';

export const objective: Objective = {
  name: 'selfie',
  title: 'Selfie (SPA)',
  family: 'dpo',
  description:
    'DPO on pairs that the policy labelled itself, softened where the margin is among the lowest lately seen. The loop labels by implicit reward, keeps the quantile, and holds alpha at 0 in the first fifth of the steps.',
  setting: 'pairs',
  formula: `h_w = logp_w - ref_w
h_l = logp_l - ref_l
rewards_chosen = beta * h_w
rewards_rejected = beta * h_l
margin = beta * (h_w - h_l)
unsure = stop_grad(margin) < margin_quantile
flipped = alpha * unsure
loss = -(1 - flipped) * log_sigmoid(margin) - flipped * log_sigmoid(-margin)`,
  parameters: {
    beta,
    alpha: number('alpha', [0, 0.5, 0.01], 0.1, 'Share of an unsure label that counts the other way round.'),
  },
  reduction: 'sum',
  tie: 'excluded',
  bothBad: 'excluded',
  paper: {
    title: 'Aligning Large Language Models with Self-generated Preference Data',
    authors: 'Kim, Lee, Shin and Kim',
    year: 2024,
    equation: 'self-refinement loss',
    url: 'https://arxiv.org/abs/2406.04412',
  },
  trl: null,
};
