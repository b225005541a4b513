/** DPO with log-ratios per token, as TRL's `loss_type="sigmoid_norm"`. */
import { beta } from './parameters.ts';
import type { Objective } from './objective.ts';

export const objective: Objective = {
  name: 'sigmoid_norm',
  title: 'Length-normalised DPO',
  family: 'dpo',
  description: 'DPO on the mean log-ratio per token, so that length alone earns nothing.',
  setting: 'pairs',
  formula: `h_w = logp_w - ref_w
h_l = logp_l - ref_l
rewards_chosen = beta * h_w
rewards_rejected = beta * h_l
a_w = h_w / max(len_w, 1)
a_l = h_l / max(len_l, 1)
loss = -log_sigmoid(beta * (a_w - a_l))`,
  parameters: { beta },
  reduction: 'mean',
  tie: 'excluded',
  bothBad: 'excluded',
  paper: {
    title: 'Tulu 3: Pushing Frontiers in Open Language Model Post-Training',
    authors: 'Lambert, Morrison, Pyatkin and others',
    year: 2024,
    equation: 'section 4.3',
    url: 'https://arxiv.org/abs/2411.15124',
  },
  trl: { trainer: 'dpo', loss_type: 'sigmoid_norm' },
};
