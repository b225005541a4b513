/**
 * KTO, as TRL's KTO trainer with `loss_type="kto"`; each pair gives a desirable and an undesirable response, and one
 * without a chosen response the undesirable one alone. The zero point is the mean log-ratio of responses that belong to
 * other pairs, at least 0; no gradient flows through it.
 */
import { beta, desirableWeight, undesirableWeight } from './parameters.ts';
import type { Objective } from './objective.ts';

export const objective: Objective = {
  name: 'kto',
  title: 'KTO',
  family: 'unpaired',
  description:
    'Judges each response alone, good or bad, against a zero point: an estimate of how far the policy is from the reference.',
  setting: 'pairs',
  formula: `ratio_w = logp_w - ref_w
ratio_l = logp_l - ref_l
rewards_chosen = beta * ratio_w
rewards_rejected = beta * ratio_l
kl = max(mean(logp_m - ref_m), 0)
good = where(len_w > 0, desirable_weight * sigmoid(-beta * (ratio_w - kl)), 0)
bad = undesirable_weight * sigmoid(-beta * (kl - ratio_l))
loss = (good + bad) / 2`,
  parameters: { beta, desirable_weight: desirableWeight, undesirable_weight: undesirableWeight },
  reduction: 'sum',
  tie: 'excluded',
  bothBad: 'two-rejected',
  paper: {
    title: 'KTO: Model Alignment as Prospect Theoretic Optimization',
    authors: 'Ethayarajh, Xu, Muennighoff, Jurafsky and Kiela',
    year: 2024,
    equation: 'equation 7',
    url: 'https://arxiv.org/abs/2402.01306',
  },
  trl: { trainer: 'kto', loss_type: 'kto' },
};
