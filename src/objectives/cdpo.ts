/**
 * Conservative DPO: the sigmoid loss with label smoothing. TRL's `sigmoid` at revision f2cd5771 ignores
 * `label_smoothing`, so this one has no name there. A tie is a label that is as likely wrong as right.
 */
import { beta, labelSmoothing } from './parameters.ts';
import type { Objective } from './objective.ts';

export const objective: Objective = {
  name: 'cdpo',
  title: 'Conservative DPO',
  family: 'dpo',
  description: 'DPO that believes a share of the labels to be wrong, and so stops at a finite margin.',
  setting: 'pairs',
  formula: `h_w = logp_w - ref_w
h_l = logp_l - ref_l
rewards_chosen = beta * h_w
rewards_rejected = beta * h_l
m = beta * (h_w - h_l)
loss = -(1 - label_smoothing) * log_sigmoid(m) - label_smoothing * log_sigmoid(-m)`,
  parameters: { beta, label_smoothing: labelSmoothing },
  reduction: 'sum',
  tie: 'half',
  bothBad: 'excluded',
  paper: {
    title: 'A note on DPO with noisy preferences and relationship to IPO',
    authors: 'Mitchell',
    year: 2023,
    equation: 'the conservative loss',
    url: 'https://ericmitchell.ai/cdpo.pdf',
  },
  trl: null,
};
