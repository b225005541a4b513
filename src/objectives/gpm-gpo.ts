/** General preference optimisation against scores of a preference model. Recalled form. */
import { beta } from './parameters.ts';
import type { Objective } from './objective.ts';

export const objective: Objective = {
  name: 'gpm-gpo',
  title: 'GPO',
  family: 'listwise',
  description:
    'Regresses each log-ratio to the last policy on how much better than the rest of the group a response is; the loop gives as reward its average preference score against the others and resets the reference each round.',
  setting: 'groups',
  formula: `ratio = logp - ref
target = (reward - mean_k(reward)) / beta
loss = mean_k(square(ratio - target))`,
  parameters: { beta: { ...beta, default: 0.3 } },
  reduction: 'sum',
  tie: 'excluded',
  bothBad: 'excluded',
  paper: {
    title: 'General Preference Modeling with Preference Representations for Aligning Language Models',
    authors: 'Zhang, Zhang, Wu, Xu and Gu',
    year: 2024,
    equation: 'GPO loss, the mean score in place of the normaliser',
    url: 'https://arxiv.org/abs/2410.02197',
  },
  trl: null,
};
