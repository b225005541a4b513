/** Soft maximum of the violations between items some places apart in a list. A reconstruction, not to the letter. */
import type { Objective } from './objective.ts';

export const objective: Objective = {
  name: 'ranklist',
  title: 'RankList',
  family: 'reward-model',
  description:
    'A reward model that must order neighbours and also items further apart: the loop lays each sorted list out once for every skip, and adds skips as training goes on; the mean over layouts is the mean over skips.',
  setting: 'groups',
  formula: `violation = head_later - head
loss = softplus(log_sum_exp_k(violation))`,
  parameters: {},
  reduction: 'sum',
  tie: 'excluded',
  bothBad: 'excluded',
  paper: {
    title: 'RankList -- A Listwise Preference Learning Framework for Predicting Subjective Preferences',
    authors: 'Naini, Diaz and Busso',
    year: 2025,
    equation: 'reconstruction of the log-sum-exp approximation',
    url: 'https://arxiv.org/abs/2508.09826',
  },
  trl: null,
};
