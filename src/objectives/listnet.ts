/** Cross-entropy between the softmax of ratings and that of rewards. */
import type { Objective } from './objective.ts';

export const objective: Objective = {
  name: 'listnet',
  title: 'ListNet',
  family: 'reward-model',
  description:
    'A reward model whose chances of each item being the best follow those that the ratings give; gaps between ratings count, not only their order.',
  setting: 'groups',
  formula: `log_share = head - log_sum_exp_k(head)
loss = -sum_k(softmax_k(score) * log_share)`,
  parameters: {},
  reduction: 'sum',
  tie: 'half',
  bothBad: 'excluded',
  paper: {
    title: 'Learning to Rank: From Pairwise Approach to Listwise Approach',
    authors: 'Cao, Qin, Liu, Tsai and Li',
    year: 2007,
    equation: 'top-one probability',
    url: '',
  },
  trl: null,
};
