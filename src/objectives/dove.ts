/** DOVE with prompt tokens left out, as released: the loss is that of DPO, the pairs are not. */
import { beta } from './parameters.ts';
import type { Objective } from './objective.ts';

export const objective: Objective = {
  name: 'dove',
  title: 'DOVE',
  family: 'dpo',
  description:
    'DPO over two exchanges whose prompts may differ: the loop pairs responses across prompts, each scored after its own. With one prompt for both it is DPO.',
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
    title:
      'Comparing Bad Apples to Good Oranges: Aligning Large Language Models via Joint Preference Optimization',
    authors: 'Bansal, Suvarna, Bhatt, Peng, Chang and Grover',
    year: 2024,
    equation: 'joint preference loss, prompts masked as in the released script',
    url: 'https://arxiv.org/abs/2404.00530',
  },
  trl: null,
};
