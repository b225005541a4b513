/** BCO, as TRL's BCO trainer; the reward shift delta is a number to set. */
import { beta } from './parameters.ts';
import type { Objective } from './objective.ts';

export const objective: Objective = {
  name: 'bco',
  title: 'BCO',
  family: 'unpaired',
  description:
    'A classifier of responses with shifted log-ratios as logits. TRL keeps delta as a running mean of all rewards; a formula has no memory, so here delta is a number that you set.',
  setting: 'pairs',
  formula: `ratio_w = logp_w - ref_w
ratio_l = logp_l - ref_l
rewards_chosen = beta * ratio_w
rewards_rejected = beta * ratio_l
loss = -(log_sigmoid(rewards_chosen - delta) + log_sigmoid(delta - rewards_rejected)) / 2`,
  parameters: {
    beta,
    delta: {
      label: 'delta',
      min: -10,
      max: 10,
      step: 0.01,
      default: 0,
      unit: '',
      help: "The reward that counts as neither good nor bad; TRL's running mean of rewards, held fixed.",
    },
  },
  reduction: 'sum',
  tie: 'excluded',
  bothBad: 'excluded',
  paper: {
    title: 'Binary Classifier Optimization for Large Language Model Alignment',
    authors: 'Jung, Han, Nam and On',
    year: 2024,
    equation: 'the loss with reward shift delta',
    url: 'https://arxiv.org/abs/2404.04656',
  },
  trl: { trainer: 'bco', loss_type: 'bco' },
};
