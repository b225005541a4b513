/** REINFORCE with the mean reward of the batch as baseline. */
import { number } from './parts/number.ts';
import type { Objective } from './objective.ts';

export const objective: Objective = {
  name: 'reinforce',
  title: 'REINFORCE',
  family: 'rl',
  description:
    'Raises responses whose reward, less a KL penalty, is above the mean of the batch and lowers the others; responses are to be fresh.',
  setting: 'groups',
  formula: `penalised = reward - beta * stop_grad(logp - ref)
gain = penalised - mean(penalised)
loss = -mean_k(gain * logp)`,
  parameters: {
    beta: number(
      'beta',
      [0, 1, 0.01],
      0.05,
      'Weight of the KL to the reference; larger keeps the policy closer to it.',
    ),
  },
  reduction: 'sum',
  tie: 'excluded',
  bothBad: 'excluded',
  paper: {
    title: 'Simple Statistical Gradient-Following Algorithms for Connectionist Reinforcement Learning',
    authors: 'Williams',
    year: 1992,
    equation: 'REINFORCE with a baseline',
    url: '',
  },
  trl: null,
};
