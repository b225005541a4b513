/**
 * APO-down, as TRL's `loss_type="apo_down"`. In TRL an f-divergence reaches the second term alone, so the first keeps
 * the plain log-ratio.
 */
import { beta } from './parameters.ts';
import type { Objective } from './objective.ts';

export const objective: Objective = {
  name: 'apo_down',
  title: 'APO-down',
  family: 'dpo',
  description: 'Lowers both responses, the rejected one more; for chosen responses worse than the model.',
  setting: 'pairs',
  formula: `ratio_w = logp_w - ref_w
h_w = ratio_w
h_l = logp_l - ref_l
rewards_chosen = beta * h_w
rewards_rejected = beta * h_l
loss = sigmoid(beta * ratio_w) + sigmoid(-beta * (h_w - h_l))`,
  parameters: { beta },
  reduction: 'sum',
  tie: 'excluded',
  bothBad: 'excluded',
  paper: {
    title:
      'Anchored Preference Optimization and Contrastive Revisions: Addressing Underspecification in Alignment',
    authors: "D'Oosterlinck, Xu, Develder, Demeester, Singh, Potts, Kiela and Mehri",
    year: 2024,
    equation: 'equation 8',
    url: 'https://arxiv.org/abs/2408.06266',
  },
  trl: { trainer: 'dpo', loss_type: 'apo_down' },
};
