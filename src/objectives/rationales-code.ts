/** RDPO as in the released code: the reason stands in a sigmoid, summed over its tokens. */
import { number } from './parts/number.ts';
import { beta } from './parameters.ts';
import type { Objective } from './objective.ts';

export const objective: Objective = {
  name: 'rationales-code',
  title: 'RDPO (rationales), as released',
  family: 'dpo',
  description:
    'DPO plus a loss on the reason whose push is nearly constant while the reason is unlikely and halves as it becomes certain.',
  setting: 'pairs',
  formula: `h_w = logp_w - ref_w
h_l = logp_l - ref_l
rewards_chosen = beta * h_w
rewards_rejected = beta * h_l
reason = -log_sigmoid(gamma * logp_r)
loss = -log_sigmoid(beta * (h_w - h_l)) + reason`,
  parameters: {
    beta,
    gamma: number('gamma', [0.001, 1, 0.001], 0.1, "Strength of the push at the reason's log-prob.", {
      scale: 'log',
    }),
  },
  reduction: 'sum',
  tie: 'excluded',
  bothBad: 'excluded',
  paper: {
    title: 'Data-Centric Human Preference Optimization with Rationales',
    authors: 'Just, Jin, Sahu, Phan and Jia',
    year: 2024,
    equation: 'RDPOTrainer of the released code',
    url: 'https://arxiv.org/abs/2407.14477',
  },
  trl: null,
};
