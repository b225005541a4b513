/** A reward model by least squares on scores. */
import type { Objective } from './objective.ts';

export const objective: Objective = {
  name: 'regression',
  title: 'Regression',
  family: 'reward-model',
  description:
    'A reward model that predicts the score of each response; a comparison alone teaches it nothing.',
  setting: 'pairs',
  formula: `rewards_chosen = head_w
rewards_rejected = head_l
loss = (square(head_w - score_w) + square(head_l - score_l)) / 2`,
  parameters: {},
  reduction: 'sum',
  tie: 'half',
  bothBad: 'half',
  paper: {
    title: 'HelpSteer2: Open-source dataset for training top-performing reward models',
    authors: 'Wang and others',
    year: 2024,
    equation: 'regression reward model',
    url: 'https://arxiv.org/abs/2406.08673',
  },
  trl: null,
};
