/** A reward model with margins, as TRL's reward trainer with a `margin` column. */
import { number } from './parts/number.ts';
import type { Objective } from './objective.ts';

export const objective: Objective = {
  name: 'bradley_terry_margin',
  title: 'Bradley-Terry with margin',
  family: 'reward-model',
  description:
    'A reward model whose gap between chosen and rejected is to exceed a margin that each pair brings along.',
  setting: 'pairs',
  formula: `rewards_chosen = head_w
rewards_rejected = head_l
centre = square(head_w + head_l)
loss = -log_sigmoid(head_w - head_l - margin_column) + center_rewards_coefficient * centre`,
  parameters: {
    center_rewards_coefficient: number(
      'weight of centring',
      [0, 0.1, 0.001],
      0,
      "Larger keeps the mean reward of a pair near 0; TRL's center_rewards_coefficient.",
    ),
  },
  reduction: 'sum',
  tie: 'excluded',
  bothBad: 'excluded',
  paper: {
    title: 'Llama 2: Open Foundation and Fine-Tuned Chat Models',
    authors: 'Touvron and others',
    year: 2023,
    equation: 'equation 2',
    url: 'https://arxiv.org/abs/2307.09288',
  },
  trl: { trainer: 'reward', loss_type: '' },
};
