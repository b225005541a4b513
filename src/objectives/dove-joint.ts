/** DOVE with the prompts scored too: the joint ratio of prompt and response. */
import { beta } from './parameters.ts';
import type { Objective } from './objective.ts';

export const objective: Objective = {
  name: 'dove-joint',
  title: 'DOVE with prompts scored',
  family: 'dpo',
  description:
    'Compares whole exchanges: the ratio counts the prompt as well as the response. Recalled form; the released script masks the prompt.',
  setting: 'pairs',
  formula: `joint_w = logp_w - ref_w + prompt_logp_w - prompt_ref_w
joint_l = logp_l - ref_l + prompt_logp_l - prompt_ref_l
rewards_chosen = beta * joint_w
rewards_rejected = beta * joint_l
loss = -log_sigmoid(beta * (joint_w - joint_l))`,
  parameters: { beta },
  reduction: 'sum',
  tie: 'excluded',
  bothBad: 'excluded',
  paper: {
    title:
      'Comparing Bad Apples to Good Oranges: Aligning Large Language Models via Joint Preference Optimization',
    authors: 'Bansal, Suvarna, Bhatt, Peng, Chang and Grover',
    year: 2024,
    equation: 'joint preference loss',
    url: 'https://arxiv.org/abs/2404.00530',
  },
  trl: null,
};
