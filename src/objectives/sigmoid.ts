/** DPO, as TRL's `loss_type="sigmoid"`. */
import { beta } from './parameters.ts';
import type { Objective } from './objective.ts';

export const objective: Objective = {
  name: 'sigmoid',
  title: 'DPO',
  family: 'dpo',
  description:
    'Raises the chosen response against the rejected one, both measured against the reference, and lets go once the margin is large.',
  setting: 'pairs',
  formula: `h_w = logp_w - ref_w
h_l = logp_l - ref_l
rewards_chosen = beta * h_w
rewards_rejected = beta * h_l
loss = -log_sigmoid(beta * (h_w - h_l))`,
  parameters: { beta },
  reduction: 'sum',
  tie: 'excluded',
  bothBad: 'excluded',
  paper: {
    title: 'Direct Preference Optimization: Your Language Model is Secretly a Reward Model',
    authors: 'Rafailov, Sharma, Mitchell, Ermon, Manning and Finn',
    year: 2023,
    equation: 'equation 7',
    url: 'https://arxiv.org/abs/2305.18290',
  },
  trl: { trainer: 'dpo', loss_type: 'sigmoid' },
};
