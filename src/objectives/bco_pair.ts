/** BCO over a pair, as TRL's `loss_type="bco_pair"`: without the running mean that `bco` subtracts. */
import { beta } from './parameters.ts';
import type { Objective } from './objective.ts';

export const objective: Objective = {
  name: 'bco_pair',
  title: 'BCO in pairs',
  family: 'dpo',
  description: 'A classifier of responses, good or bad, with the log-ratio as its logit.',
  setting: 'pairs',
  formula: `h_w = logp_w - ref_w
h_l = logp_l - ref_l
rewards_chosen = beta * h_w
rewards_rejected = beta * h_l
loss = -log_sigmoid(rewards_chosen) - log_sigmoid(-rewards_rejected)`,
  parameters: { beta },
  reduction: 'sum',
  tie: 'excluded',
  bothBad: 'excluded',
  paper: {
    title: 'Binary Classifier Optimization for Large Language Model Alignment',
    authors: 'Jung, Han, Nam and On',
    year: 2024,
    equation: 'the binary cross-entropy, without the reward shift',
    url: 'https://arxiv.org/abs/2404.04656',
  },
  trl: { trainer: 'dpo', loss_type: 'bco_pair' },
};
