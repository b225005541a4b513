/** MaPO: fit the chosen images and widen the margin, without a reference. */
import { number } from './parts/number.ts';
import { beta } from './parameters.ts';
import type { Objective } from './objective.ts';

export const objective: Objective = {
  name: 'mapo',
  title: 'MaPO',
  family: 'reference-free',
  description:
    'Lowers the denoising error of the chosen image and raises a score of it over that of the rejected one; nothing holds the model to where it started.',
  setting: 'pairs',
  formula: `x_w = max(s * err_w, 0.000001)
x_l = max(s * err_l, 0.000001)
rewards_chosen = x_w / expm1(x_w)
rewards_rejected = x_l / expm1(x_l)
margin = timesteps * (rewards_chosen - rewards_rejected)
loss = err_w - beta * log_sigmoid(margin)`,
  parameters: {
    beta: { ...beta, help: 'How much the margin counts beside fitting the chosen images.' },
    s: number('s', [0.05, 2, 0.05], 0.5, 'Larger makes the score fall faster with the error.'),
    timesteps: number(
      'training timesteps',
      [10, 1000, 10],
      100,
      'Steepness of the margin: the number of noise levels; 1000 in the paper.',
      { integer: true },
    ),
  },
  reduction: 'mean',
  tie: 'excluded',
  bothBad: 'excluded',
  paper: {
    title: 'Margin-aware Preference Optimization for Aligning Diffusion Models without Reference',
    authors: 'Hong, Paul, Lee, Rasul, Thorne and Jeong',
    year: 2024,
    equation: 'compute_loss of the released code',
    url: 'https://arxiv.org/abs/2406.06424',
  },
  trl: null,
};
