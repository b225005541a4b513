/** REINFORCE leave-one-out, as TRL's RLOO trainer: KL in the reward, ratios of whole responses clipped. */
import { number } from './parts/number.ts';
import type { Objective } from './objective.ts';

export const objective: Objective = {
  name: 'rloo',
  title: 'RLOO',
  family: 'rl',
  description: 'Compares the reward of each response, less a KL penalty, with the mean of its siblings.',
  setting: 'groups',
  formula: `penalised = reward - beta * (old - ref)
size = sum_k(len) / mean_k(len)
gain = (penalised - mean_k(penalised)) * size / (size - 1)
ratio = exp(logp - old)
surrogate = min(ratio * gain, clamp(ratio, 1 - epsilon, 1 + epsilon) * gain)
loss = -mean_k(surrogate)`,
  parameters: {
    beta: number(
      'beta',
      [0, 1, 0.01],
      0.05,
      'Weight of the KL to the reference; larger keeps the policy closer to it.',
    ),
    epsilon: number(
      'epsilon',
      [0.05, 0.5, 0.01],
      0.2,
      'How far the ratio to the sampling policy may go before its gradient is cut.',
    ),
  },
  reduction: 'sum',
  tie: 'excluded',
  bothBad: 'excluded',
  paper: {
    title: 'Back to Basics: Revisiting REINFORCE Style Optimization for Learning from Human Feedback in LLMs',
    authors: 'Ahmadian and others',
    year: 2024,
    equation: 'leave-one-out estimator, clipped as in TRL',
    url: 'https://arxiv.org/abs/2402.14740',
  },
  trl: { trainer: 'rloo', loss_type: '' },
};
