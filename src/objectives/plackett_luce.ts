/** Likelihood of a whole ranking under a reward model (ListMLE). */
import type { Objective } from './objective.ts';

export const objective: Objective = {
  name: 'plackett_luce',
  title: 'Plackett-Luce',
  family: 'reward-model',
  description:
    'A reward model of whole rankings: the best is drawn first, then the best of the rest, and so on. The loop gives each group best first.',
  setting: 'groups',
  formula: `loss = sum_k(tail_log_sum_exp_k(head) - head)`,
  parameters: {},
  reduction: 'sum',
  tie: 'excluded',
  bothBad: 'excluded',
  paper: {
    title: 'The Analysis of Permutations',
    authors: 'Plackett',
    year: 1975,
    equation: 'likelihood of a permutation; as a loss ListMLE (Xia and others, 2008)',
    url: '',
  },
  trl: null,
};
