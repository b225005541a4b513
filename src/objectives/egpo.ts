/** The online IPO loss that EGPO takes its two steps on, over all pairs of a group at once. */
import { beta } from './parameters.ts';
import type { Objective } from './objective.ts';

export const objective: Objective = {
  name: 'egpo',
  title: 'EGPO (online IPO)',
  family: 'listwise',
  description:
    'Regresses differences of log-ratios on differences of win rates against an opponent. The loop gives the win rates and makes the extragradient: a step to a provisional policy, then the same step from the start against that opponent.',
  setting: 'groups',
  formula: `ratio = logp - ref
gap = ratio - win_rate / beta
loss = 2 * mean_k(square(gap - mean_k(gap)))`,
  parameters: { beta: { ...beta, default: 0.01 } },
  reduction: 'sum',
  tie: 'excluded',
  bothBad: 'excluded',
  paper: {
    title:
      'Extragradient Preference Optimization (EGPO): Beyond Last-Iterate Convergence for Nash Learning from Human Feedback',
    authors: 'Zhou, Fazel and Du',
    year: 2025,
    equation: 'online IPO, variant 1: (1 / K^2) times the sum over all pairs',
    url: 'https://arxiv.org/abs/2503.08942',
  },
  trl: null,
};
