/** Both KLs to the even mixture of teacher and student; TRL's GKD trainer with its `beta=0.5`. */
import type { Objective } from './objective.ts';

export const objective: Objective = {
  name: 'jsd',
  title: 'Jensen-Shannon',
  family: 'distillation',
  description: 'Between forward and reverse KL, and bounded. The teacher is the second frozen model.',
  setting: 'pairs',
  formula: `loss = mean_t(kl_mid_w[t] + kl_ref2_mid_w[t]) / 2`,
  parameters: {},
  reduction: 'mean',
  tie: 'half',
  bothBad: 'half',
  paper: {
    title: 'On-Policy Distillation of Language Models: Learning from Self-Generated Mistakes',
    authors: 'Agarwal and others',
    year: 2023,
    equation: 'equation 1 at beta 0.5',
    url: 'https://arxiv.org/abs/2306.13649',
  },
  trl: { trainer: 'gkd', loss_type: '' },
};
