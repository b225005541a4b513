/** CPO with a hinge, as TRL's CPO trainer with `loss_type="hinge"`. */
import { beta, nllWeight } from './parameters.ts';
import type { Objective } from './objective.ts';

export const objective: Objective = {
  name: 'cpo_hinge',
  title: 'CPO with a hinge',
  family: 'reference-free',
  description:
    'Raises the log-prob of the chosen response above that of the rejected one by 1 / beta, plus the log-loss of the chosen.',
  setting: 'pairs',
  formula: `rewards_chosen = beta * logp_w
rewards_rejected = beta * logp_l
m = rewards_chosen - rewards_rejected
nll = -sum(sum_t(logp_w[t])) / max(sum(len_w), 1)
loss = relu(1 - m) + cpo_alpha * nll`,
  parameters: { beta, cpo_alpha: nllWeight },
  reduction: 'sum',
  tie: 'excluded',
  bothBad: 'excluded',
  paper: {
    title: 'SLiC-HF: Sequence Likelihood Calibration with Human Feedback',
    authors: 'Zhao, Joshi, Liu, Khalman, Saleh and Liu',
    year: 2023,
    equation: 'section 2',
    url: 'https://arxiv.org/abs/2305.10425',
  },
  trl: { trainer: 'cpo', loss_type: 'hinge' },
};
