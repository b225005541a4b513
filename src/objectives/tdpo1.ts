/** Token-level DPO, version 1: the sequence KL of both responses enters the margin. */
import { beta } from './parameters.ts';
import type { Objective } from './objective.ts';

export const objective: Objective = {
  name: 'tdpo1',
  title: 'TDPO1',
  family: 'token-level',
  description:
    'DPO whose margin also asks that the policy drift, token by token, no more on the chosen response than on the rejected one.',
  setting: 'pairs',
  formula: `h_w = logp_w - ref_w
h_l = logp_l - ref_l
rewards_chosen = beta * h_w
rewards_rejected = beta * h_l
drift = beta * (kl_ref_l - kl_ref_w)
loss = -log_sigmoid(beta * (h_w - h_l) - drift)`,
  parameters: { beta },
  reduction: 'sum',
  tie: 'excluded',
  bothBad: 'excluded',
  paper: {
    title: 'Token-level Direct Preference Optimization',
    authors: 'Zeng, Liu, Ma, Yang, Zhang and Wang',
    year: 2024,
    equation: 'TDPO1 loss',
    url: 'https://arxiv.org/abs/2404.11999',
  },
  trl: null,
};
