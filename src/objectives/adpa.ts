/** Advantage-guided distillation: what alignment changed in a teacher, averaged over the student's own next words. */
import { number } from './parts/number.ts';
import type { Objective } from './objective.ts';

export const objective: Objective = {
  name: 'adpa',
  title: 'ADPA',
  family: 'distillation',
  description:
    "Rewards next words that alignment made likelier in the teacher, along the student's own response in the rejected place. Reference: the teacher before alignment; second frozen model: after it. The authors floor probabilities at 1e-7; here they are exact.",
  setting: 'pairs',
  formula: `imitate = -mean_t(logp_w[t])
advantage = kl_l[t] - kl2_l[t]
loss = sft_weight * imitate - gamma * mean_t(advantage)`,
  parameters: {
    sft_weight: number(
      'weight of the log-loss',
      [0, 2, 0.01],
      1,
      'Larger keeps the chosen responses more probable.',
    ),
    gamma: number('gamma', [0, 5, 0.1], 1, 'How much the advantage counts; too large breaks fluency.'),
  },
  reduction: 'mean',
  tie: 'excluded',
  bothBad: 'excluded',
  paper: {
    title: 'Advantage-Guided Distillation for Preference Alignment in Small Language Models',
    authors: 'Gao, Wan, Guo, Quan and Wang',
    year: 2025,
    equation: 'advantage-guided loss; the expected advantage is KL(student || before) - KL(student || after)',
    url: 'https://arxiv.org/abs/2502.17927',
  },
  trl: null,
};
