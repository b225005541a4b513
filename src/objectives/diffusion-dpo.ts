/** DPO for denoising models: errors at a shared random noise in place of log-probs. */
import { number } from './parts/number.ts';
import type { Objective } from './objective.ts';

export const objective: Objective = {
  name: 'diffusion-dpo',
  title: 'Diffusion-DPO',
  family: 'dpo',
  description:
    'Lowers the denoising error of the chosen image against that of the rejected one, both measured against the reference; the loop draws one time and noise for both.',
  setting: 'pairs',
  formula: `d = err_w - err_l - (err_ref_w - err_ref_l)
rewards_chosen = -0.5 * beta * (err_w - err_ref_w)
rewards_rejected = -0.5 * beta * (err_l - err_ref_l)
loss = -log_sigmoid(-0.5 * beta * d)`,
  parameters: {
    beta: number('beta', [1, 5000, 1], 50, 'Larger keeps the denoiser closer to the reference.', {
      scale: 'log',
    }),
  },
  reduction: 'mean',
  tie: 'excluded',
  bothBad: 'excluded',
  paper: {
    title: 'Diffusion Model Alignment Using Direct Preference Optimization',
    authors: 'Wallace and others',
    year: 2023,
    equation: 'Diffusion-DPO loss',
    url: 'https://arxiv.org/abs/2311.12908',
  },
  trl: null,
};
