/** ORPO plus the log-loss of a written reason, all per token. */
import { number } from './parts/number.ts';
import { beta } from './parameters.ts';
import type { Objective } from './objective.ts';

export const objective: Objective = {
  name: 'rationales-orpo',
  title: 'RORPO (rationales)',
  family: 'reference-free',
  description:
    'Without a reference: likelihood of the chosen response, odds against the rejected one, and the reason why.',
  setting: 'pairs',
  formula: `a_w = logp_w / len_w
a_l = logp_l / len_l
log_odds = a_w - a_l - (log1mexp(a_w) - log1mexp(a_l))
rewards_chosen = beta * a_w
rewards_rejected = beta * a_l
loss = -a_w - beta * log_sigmoid(log_odds) - reason_weight * logp_r / len_r`,
  parameters: {
    beta,
    reason_weight: number(
      'weight of the reason',
      [0, 2, 0.01],
      1,
      'Larger learns more from the reason, less from the label.',
    ),
  },
  reduction: 'mean',
  tie: 'excluded',
  bothBad: 'excluded',
  paper: {
    title: 'Data-Centric Human Preference Optimization with Rationales',
    authors: 'Just, Jin, Sahu, Phan and Jia',
    year: 2024,
    equation: 'RORPOTrainer of the released code',
    url: 'https://arxiv.org/abs/2407.14477',
  },
  trl: null,
};
