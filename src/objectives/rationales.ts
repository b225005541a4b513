/** DPO plus the log-loss of a written reason, per token: the form of the paper. */
import { number } from './parts/number.ts';
import { beta } from './parameters.ts';
import type { Objective } from './objective.ts';

export const objective: Objective = {
  name: 'rationales',
  title: 'RDPO (rationales)',
  family: 'dpo',
  description:
    'DPO that also learns to write why the chosen response won; the loop provides the reason and a prompt that shows both responses in random order.',
  setting: 'pairs',
  formula: `h_w = logp_w - ref_w
h_l = logp_l - ref_l
rewards_chosen = beta * h_w
rewards_rejected = beta * h_l
reason = -logp_r / len_r
loss = -log_sigmoid(beta * (h_w - h_l)) + reason_weight * reason`,
  parameters: {
    beta,
    reason_weight: number(
      'weight of the reason',
      [0, 2, 0.01],
      0.5,
      'Larger learns more from the reason, less from the label.',
    ),
  },
  reduction: 'sum',
  tie: 'excluded',
  bothBad: 'excluded',
  paper: {
    title: 'Data-Centric Human Preference Optimization with Rationales',
    authors: 'Just, Jin, Sahu, Phan and Jia',
    year: 2024,
    equation: 'L_RDPO, the reason averaged over its tokens',
    url: 'https://arxiv.org/abs/2407.14477',
  },
  trl: null,
};
