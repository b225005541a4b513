/** CPO, as TRL's CPO trainer with `loss_type="sigmoid"`. */
import { beta, labelSmoothing, nllWeight } from './parameters.ts';
import type { Objective } from './objective.ts';

export const objective: Objective = {
  name: 'cpo',
  title: 'CPO',
  family: 'reference-free',
  description: 'DPO without a reference, plus the log-loss of the chosen responses.',
  setting: 'pairs',
  formula: `rewards_chosen = beta * logp_w
rewards_rejected = beta * logp_l
m = rewards_chosen - rewards_rejected
nll = -sum(sum_t(logp_w[t])) / max(sum(len_w), 1)
preference = -(1 - label_smoothing) * log_sigmoid(m) - label_smoothing * log_sigmoid(-m)
loss = preference + cpo_alpha * nll`,
  parameters: { beta, cpo_alpha: nllWeight, label_smoothing: { ...labelSmoothing, default: 0 } },
  reduction: 'sum',
  tie: 'excluded',
  bothBad: 'excluded',
  paper: {
    title:
      'Contrastive Preference Optimization: Pushing the Boundaries of LLM Performance in Machine Translation',
    authors: 'Xu, Sharaf, Chen, Tan, Shen, Van Durme, Murray and Kim',
    year: 2024,
    equation: 'section 3',
    url: 'https://arxiv.org/abs/2401.08417',
  },
  trl: { trainer: 'cpo', loss_type: 'sigmoid' },
};
