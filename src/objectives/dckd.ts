/** Forward KL on chosen and rejected responses, and the log-loss of the chosen one. */
import { number } from './parts/number.ts';
import type { Objective } from './objective.ts';

export const objective: Objective = {
  name: 'dckd',
  title: 'DCKD',
  family: 'distillation',
  description:
    'A small student follows an aligned teacher on good and bad responses alike. The teacher is the second frozen model.',
  setting: 'pairs',
  formula: `imitate = -mean_t(logp_w[t])
teach = chosen_weight * mean_t(kl_ref2_w[t]) + rejected_weight * mean_t(kl_ref2_l[t])
loss = sft_weight * imitate + teach`,
  parameters: {
    sft_weight: number(
      'weight of the log-loss',
      [0, 2, 0.01],
      1,
      'Larger keeps the chosen responses more probable.',
    ),
    chosen_weight: number(
      'weight of chosen responses',
      [0, 5, 0.1],
      1,
      'How much the teacher counts on chosen responses.',
    ),
    rejected_weight: number(
      'weight of rejected responses',
      [0, 5, 0.1],
      1,
      'How much the teacher counts on rejected responses.',
    ),
  },
  reduction: 'mean',
  tie: 'excluded',
  bothBad: 'excluded',
  paper: {
    title: 'Advantage-Guided Distillation for Preference Alignment in Small Language Models',
    authors: 'Gao, Wan, Guo, Quan and Wang',
    year: 2025,
    equation: 'dual-constrained distillation',
    url: 'https://arxiv.org/abs/2502.17927',
  },
  trl: null,
};
