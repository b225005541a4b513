/** BCO, as TRL's BCO trainer; a pair without a chosen response counts only its rejected one. */
import { beta } from './parameters.ts';
import type { Objective } from './objective.ts';

export const objective: Objective = {
  name: 'bco',
  title: 'BCO',
  family: 'unpaired',
  description:
    'A classifier of single responses, good or bad: its logits are rewards, shifted by the running mean of all rewards so far.',
  setting: 'pairs',
  formula: `ratio_w = logp_w - ref_w
ratio_l = logp_l - ref_l
rewards_chosen = beta * ratio_w
rewards_rejected = beta * ratio_l
delta = reward_mean
good = where(len_w > 0, -log_sigmoid(rewards_chosen - delta), 0)
bad = -log_sigmoid(delta - rewards_rejected)
loss = (good + bad) / 2`,
  parameters: { beta },
  reduction: 'sum',
  tie: 'excluded',
  bothBad: 'two-rejected',
  paper: {
    title: 'Binary Classifier Optimization for Large Language Model Alignment',
    authors: 'Jung, Han, Nam and On',
    year: 2024,
    equation: 'the loss with reward shift delta',
    url: 'https://arxiv.org/abs/2404.04656',
  },
  trl: { trainer: 'bco', loss_type: 'bco' },
};
