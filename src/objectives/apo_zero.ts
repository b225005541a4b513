/**
 * APO-zero, as TRL's `loss_type="apo_zero"`. TRL takes the plain log-ratios whatever the f-divergence, so they are not
 * named h_w and h_l.
 */
import { beta } from './parameters.ts';
import type { Objective } from './objective.ts';

export const objective: Objective = {
  name: 'apo_zero',
  title: 'APO-zero',
  family: 'dpo',
  description:
    'Raises the chosen and lowers the rejected response, each against the reference; for chosen responses better than the model.',
  setting: 'pairs',
  formula: `ratio_w = logp_w - ref_w
ratio_l = logp_l - ref_l
rewards_chosen = beta * ratio_w
rewards_rejected = beta * ratio_l
loss = sigmoid(-beta * ratio_w) + sigmoid(beta * ratio_l)`,
  parameters: { beta },
  reduction: 'sum',
  tie: 'excluded',
  bothBad: 'excluded',
  paper: {
    title:
      'Anchored Preference Optimization and Contrastive Revisions: Addressing Underspecification in Alignment',
    authors: "D'Oosterlinck, Xu, Develder, Demeester, Singh, Potts, Kiela and Mehri",
    year: 2024,
    equation: 'equation 7',
    url: 'https://arxiv.org/abs/2408.06266',
  },
  trl: { trainer: 'dpo', loss_type: 'apo_zero' },
};
