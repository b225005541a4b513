/** Distributional dispreference optimisation: many own responses against one labelled bad one. Recalled form. */
import { number } from './parts/number.ts';
import { beta } from './parameters.ts';
import type { Objective } from './objective.ts';

export const objective: Objective = {
  name: 'd2o',
  title: 'D2O',
  family: 'listwise',
  description:
    "Pushes a labelled bad response away while the policy's own responses stand in, on average, for a good one. The second frozen model is the one that knows more harm; the start model may stand in for it. The loop samples and refreshes the group.",
  setting: 'groups',
  formula: `rewards_chosen = beta * mean_k(logp - ref2)
rewards_rejected = alpha * (logp_bad - ref_bad)
loss = -log_sigmoid(rewards_chosen - rewards_rejected)`,
  parameters: {
    beta,
    alpha: number('alpha', [0.01, 5, 0.01], 0.1, 'Strength of the push at the bad response.', {
      scale: 'log',
    }),
  },
  reduction: 'sum',
  tie: 'excluded',
  bothBad: 'two-rejected',
  paper: {
    title:
      'Negating Negatives: Alignment without Human Positive Samples via Distributional Dispreference Optimization',
    authors: 'Duan, Yi, Zhang, Lu, Xie and Gu',
    year: 2024,
    equation: 'D2O loss',
    url: 'https://arxiv.org/abs/2403.03419',
  },
  trl: null,
};
