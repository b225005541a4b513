/** Diffusion-DPO with smoothed labels, at the noise that ReNoise inversion finds. */
import { number } from './parts/number.ts';
import type { Objective } from './objective.ts';

export const objective: Objective = {
  name: 'smpo',
  title: 'SmPO-Diffusion',
  family: 'dpo',
  description:
    "Shrinks the push toward nothing as two images come out equally good: a reward model's scores give a label probability p and the factor 2 p - 1. With the authors' scale of 10 the scores are min-max normalised over the data.",
  setting: 'pairs',
  formula: `p = sigmoid(score_w - score_l)
factor = smoothing * (2 * p - 1)
d = err_inv_w - err_inv_l - (err_inv_ref_w - err_inv_ref_l)
rewards_chosen = -0.5 * beta * (err_inv_w - err_inv_ref_w)
rewards_rejected = -0.5 * beta * (err_inv_l - err_inv_ref_l)
loss = -log_sigmoid(-0.5 * beta * factor * d)`,
  parameters: {
    beta: number('beta', [1, 5000, 1], 60, 'Larger keeps the denoiser closer to the reference.', {
      scale: 'log',
    }),
    smoothing: number(
      'scale of the factor',
      [0.5, 20, 0.5],
      10,
      'Multiplies 2 p - 1; 2 for scores that are not normalised.',
    ),
  },
  reduction: 'mean',
  tie: 'half',
  bothBad: 'excluded',
  paper: {
    title:
      'Smoothed Preference Optimization via ReNoise Inversion for Aligning Diffusion Models with Varied Human Preferences',
    authors: 'Lu, Wang, Cao, Xu and Zhang',
    year: 2025,
    equation: 'equation 9',
    url: 'https://arxiv.org/abs/2506.02698',
  },
  trl: null,
};
