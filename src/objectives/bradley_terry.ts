/** The usual reward model, as TRL's reward trainer without margins. */
import { number } from './parts/number.ts';
import type { Objective } from './objective.ts';

export const objective: Objective = {
  name: 'bradley_terry',
  title: 'Bradley-Terry',
  family: 'reward-model',
  description: 'A reward model whose reward of the chosen response exceeds that of the rejected one.',
  setting: 'pairs',
  formula: `rewards_chosen = head_w
rewards_rejected = head_l
centre = square(head_w + head_l)
loss = -log_sigmoid(head_w - head_l) + center_rewards_coefficient * centre`,
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
    title: 'Training language models to follow instructions with human feedback',
    authors: 'Ouyang and others',
    year: 2022,
    equation: 'equation 1',
    url: 'https://arxiv.org/abs/2203.02155',
  },
  trl: { trainer: 'reward', loss_type: '' },
};
