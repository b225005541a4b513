/** IPO without a reference, as TRL's CPO trainer with `loss_type="ipo"`. */
import { beta, nllWeight } from './parameters.ts';
import type { Objective } from './objective.ts';

export const objective: Objective = {
  name: 'cpo_ipo',
  title: 'CPO with the loss of IPO',
  family: 'reference-free',
  description:
    'Aims at a difference of mean log-probs of 1 / (2 beta), plus the log-loss of the chosen responses.',
  setting: 'pairs',
  formula: `rewards_chosen = beta * mean_t(logp_w[t])
rewards_rejected = beta * mean_t(logp_l[t])
nll = -sum(sum_t(logp_w[t])) / max(sum(len_w), 1)
gap = mean_t(logp_w[t]) - mean_t(logp_l[t])
loss = square(gap - 1 / (2 * beta)) + cpo_alpha * nll`,
  parameters: { beta, cpo_alpha: nllWeight },
  reduction: 'mean',
  tie: 'excluded',
  bothBad: 'excluded',
  paper: {
    title: 'A General Theoretical Paradigm to Understand Learning from Human Preferences',
    authors: 'Azar, Rowland, Piot, Guo, Calandriello, Valko and Munos',
    year: 2023,
    equation: 'equation 17, without a reference',
    url: 'https://arxiv.org/abs/2310.12036',
  },
  trl: { trainer: 'cpo', loss_type: 'ipo' },
};
