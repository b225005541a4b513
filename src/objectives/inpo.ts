/** Diffusion-DPO at the noise that DDIM inversion finds for each image. */
import { number } from './parts/number.ts';
import type { Objective } from './objective.ts';

export const objective: Objective = {
  name: 'inpo',
  title: 'DDIM-InPO',
  family: 'dpo',
  description:
    'Diffusion-DPO at the states that really lead to the labelled images: the loop inverts each image with the current policy and takes the error there.',
  setting: 'pairs',
  formula: `d = err_inv_w - err_inv_l - (err_inv_ref_w - err_inv_ref_l)
rewards_chosen = -0.5 * beta * (err_inv_w - err_inv_ref_w)
rewards_rejected = -0.5 * beta * (err_inv_l - err_inv_ref_l)
loss = -log_sigmoid(-0.5 * beta * d)`,
  parameters: {
    beta: number('beta', [1, 5000, 1], 200, 'Larger keeps the denoiser closer to the reference.', {
      scale: 'log',
    }),
  },
  reduction: 'mean',
  tie: 'excluded',
  bothBad: 'excluded',
  paper: {
    title:
      'InPO: Inversion Preference Optimization with Reparametrized DDIM for Efficient Diffusion Model Alignment',
    authors: 'Lu, Wang, Cao, Wang, Xu and Zhang',
    year: 2025,
    equation: 'DDIM-InPO loss',
    url: 'https://arxiv.org/abs/2503.18454',
  },
  trl: null,
};
