/** EXO over a pair, as TRL's `loss_type="exo_pair"`. */
import { beta, labelSmoothing } from './parameters.ts';
import type { Objective } from './objective.ts';

export const objective: Objective = {
  name: 'exo_pair',
  title: 'EXO',
  family: 'dpo',
  description:
    "Reverse KL from the policy's preference to a smoothed label, so that it settles at a finite margin.",
  setting: 'pairs',
  formula: `h_w = logp_w - ref_w
h_l = logp_l - ref_l
rewards_chosen = beta * h_w
rewards_rejected = beta * h_l
m = beta * (h_w - h_l)
log_pw = log1p(-label_smoothing)
log_pl = log(label_smoothing)
loss = sigmoid(m) * (log_sigmoid(m) - log_pw) + sigmoid(-m) * (log_sigmoid(-m) - log_pl)`,
  parameters: { beta, label_smoothing: { ...labelSmoothing, min: 0.001, step: 0.001, default: 0.001 } },
  reduction: 'sum',
  tie: 'excluded',
  bothBad: 'excluded',
  paper: {
    title: 'Towards Efficient and Exact Optimization of Language Model Alignment',
    authors: 'Ji, Lu, Niu, Ke, Wang, Zhu, Tang and Huang',
    year: 2024,
    equation: 'equation 16',
    url: 'https://arxiv.org/abs/2402.00856',
  },
  trl: { trainer: 'dpo', loss_type: 'exo_pair' },
};
