/** DPO with the log-loss of the chosen responses, as TRL's `loss_type=["sigmoid", "sft"]` with `loss_weights=[1, rpo_alpha]`. */
import { beta, nllWeight } from './parameters.ts';
import type { Objective } from './objective.ts';

export const objective: Objective = {
  name: 'rpo',
  title: 'Iterative RPO',
  family: 'dpo',
  description: 'DPO, plus the log-loss of the chosen responses, so that they do not become less likely.',
  setting: 'pairs',
  formula: `h_w = logp_w - ref_w
h_l = logp_l - ref_l
rewards_chosen = beta * h_w
rewards_rejected = beta * h_l
nll = -sum(sum_t(logp_w[t])) / max(sum(len_w), 1)
loss = -log_sigmoid(beta * (h_w - h_l)) + rpo_alpha * nll`,
  parameters: { beta, rpo_alpha: nllWeight },
  reduction: 'sum',
  tie: 'excluded',
  bothBad: 'excluded',
  paper: {
    title: 'Iterative Reasoning Preference Optimization',
    authors: 'Pang, Yuan, Cho, He, Sukhbaatar and Weston',
    year: 2024,
    equation: 'equation 1, its log-loss over all tokens of the batch',
    url: 'https://arxiv.org/abs/2404.19733',
  },
  trl: null,
};
