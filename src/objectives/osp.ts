/** OSP: cross-entropy against how sure the judge was. Recalled form; sampling and judging belong to the loop. */
import { beta } from './parameters.ts';
import type { Objective } from './objective.ts';

export const objective: Objective = {
  name: 'osp',
  title: 'OSP',
  family: 'dpo',
  description:
    'Moves the margin to where its sigmoid equals the judged probability, so near-ties do little and no pair is pushed without end; the loop samples, judges in both orders and pairs by rank.',
  setting: 'pairs',
  formula: `h_w = logp_w - ref_w
h_l = logp_l - ref_l
rewards_chosen = beta * h_w
rewards_rejected = beta * h_l
margin = beta * (h_w - h_l)
loss = -label_probability * log_sigmoid(margin) - (1 - label_probability) * log_sigmoid(-margin)`,
  parameters: { beta },
  reduction: 'sum',
  tie: 'half',
  bothBad: 'excluded',
  paper: {
    title: 'Online Self-Preferring Language Models',
    authors: 'Zhai, Zhang, Xu, Peng, Yu, Feng, Yang, Ding and Wang',
    year: 2024,
    equation: 'soft-preference cross-entropy',
    url: 'https://arxiv.org/abs/2405.14103',
  },
  trl: null,
};
