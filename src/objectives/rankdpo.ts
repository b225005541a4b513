/** RankDPO for denoising models, one pair of the list at a time. */
import { number } from './parts/number.ts';
import type { Objective } from './objective.ts';

export const objective: Objective = {
  name: 'rankdpo',
  title: 'RankDPO',
  family: 'listwise',
  description:
    'Diffusion-DPO over ranked lists: a pair counts more when the votes on it are far apart and it touches the top. The loop lists every pair with its share of votes as score and its places; the loss is a mean over pairs where the paper sums over a list.',
  setting: 'pairs',
  formula: `s_w = err_w - err_ref_w
s_l = err_l - err_ref_l
gain = abs(pow(2, score_w) - pow(2, score_l))
discount = abs(1 / log1p(rank_w) - 1 / log1p(rank_l))
rewards_chosen = -beta * s_w
rewards_rejected = -beta * s_l
loss = -gain * discount * log_sigmoid(rewards_chosen - rewards_rejected)`,
  parameters: {
    beta: number('beta', [1, 5000, 1], 25, 'Larger keeps the denoiser closer to the reference.', {
      scale: 'log',
    }),
  },
  reduction: 'mean',
  tie: 'excluded',
  bothBad: 'excluded',
  paper: {
    title: 'Scalable Ranked Preference Optimization for Text-to-Image Generation',
    authors: 'Karthik, Coskun, Akata, Tulyakov, Ren and Kag',
    year: 2024,
    equation: 'algorithm 2',
    url: 'https://arxiv.org/abs/2410.18013',
  },
  trl: null,
};
