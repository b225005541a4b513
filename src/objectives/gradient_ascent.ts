/** Gradient ascent on responses to forget: the baseline of NPO. */
import type { Objective } from './objective.ts';

export const objective: Objective = {
  name: 'gradient_ascent',
  title: 'Gradient ascent',
  family: 'unlearning',
  description:
    'Pushes the rejected response down without end and ignores the chosen one; unlearning at its crudest, and it collapses.',
  setting: 'pairs',
  formula: `loss = logp_l`,
  parameters: {},
  reduction: 'sum',
  tie: 'excluded',
  bothBad: 'two-rejected',
  paper: {
    title: 'Negative Preference Optimization: From Catastrophic Collapse to Effective Unlearning',
    authors: 'Zhang, Lin, Bai and Mei',
    year: 2024,
    equation: 'gradient ascent (GA), the baseline',
    url: 'https://arxiv.org/abs/2404.05868',
  },
  trl: null,
};
