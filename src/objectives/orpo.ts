/**
 * ORPO, as TRL's ORPO trainer: the log-loss of the chosen responses minus the odds-ratio term. TRL's log-loss runs
 * over prompt and response; a formula sees responses only, so here it runs over the response.
 */
import { beta } from './parameters.ts';
import type { Objective } from './objective.ts';

export const objective: Objective = {
  name: 'orpo',
  title: 'ORPO',
  family: 'reference-free',
  description:
    'Fine-tunes on the chosen response and raises its odds against those of the rejected one, without a reference.',
  setting: 'pairs',
  formula: `p_w = min(mean_t(logp_w[t]), -1e-30) # log-probs of the mean token; below 0, so that the odds are finite
p_l = min(mean_t(logp_l[t]), -1e-30)
rewards_chosen = beta * p_w
rewards_rejected = beta * p_l
log_odds = p_w - p_l - (log1mexp(p_w) - log1mexp(p_l))
odds_ratio = beta * log_sigmoid(log_odds)
nll = -sum(sum_t(logp_w[t])) / max(sum(len_w), 1)
loss = nll - odds_ratio`,
  parameters: { beta: { ...beta, help: 'Larger gives the odds ratio more weight against the log-loss.' } },
  reduction: 'mean',
  tie: 'excluded',
  bothBad: 'excluded',
  paper: {
    title: 'ORPO: Monolithic Preference Optimization without Reference Model',
    authors: 'Hong, Lee and Thorne',
    year: 2024,
    equation: 'equations 4, 6 and 7',
    url: 'https://arxiv.org/abs/2403.07691',
  },
  trl: { trainer: 'orpo', loss_type: 'orpo' },
};
