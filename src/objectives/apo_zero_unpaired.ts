/**
 * APO-zero over unpaired responses, as TRL's KTO trainer with `loss_type="apo_zero_unpaired"`. A pair without a chosen
 * response counts only its rejected one.
 */
import { beta, desirableWeight, undesirableWeight } from './parameters.ts';
import type { Objective } from './objective.ts';

export const objective: Objective = {
  name: 'apo_zero_unpaired',
  title: 'APO-zero, unpaired',
  family: 'unpaired',
  description: 'Judges each response alone against the reference: the good ones up, the bad ones down.',
  setting: 'pairs',
  formula: `ratio_w = logp_w - ref_w
ratio_l = logp_l - ref_l
rewards_chosen = beta * ratio_w
rewards_rejected = beta * ratio_l
good = where(len_w > 0, desirable_weight * sigmoid(-beta * ratio_w), 0)
bad = undesirable_weight * sigmoid(beta * ratio_l)
loss = (good + bad) / 2`,
  parameters: { beta, desirable_weight: desirableWeight, undesirable_weight: undesirableWeight },
  reduction: 'sum',
  tie: 'excluded',
  bothBad: 'two-rejected',
  paper: {
    title:
      'Anchored Preference Optimization and Contrastive Revisions: Addressing Underspecification in Alignment',
    authors: "D'Oosterlinck, Xu, Develder, Demeester, Singh, Potts, Kiela and Mehri",
    year: 2024,
    equation: 'equation 7, unpaired',
    url: 'https://arxiv.org/abs/2408.06266',
  },
  trl: { trainer: 'kto', loss_type: 'apo_zero_unpaired' },
};
