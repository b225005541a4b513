/** KL from the teacher to the student at every token; TRL's GKD trainer with `beta=0`. */
import type { Objective } from './objective.ts';

export const objective: Objective = {
  name: 'forward_kl',
  title: 'Forward KL',
  family: 'distillation',
  description:
    'Makes the student cover all that the teacher would say along the chosen response. The teacher is the second frozen model.',
  setting: 'pairs',
  formula: `loss = mean_t(kl_ref2_w[t])`,
  parameters: {},
  reduction: 'mean',
  tie: 'half',
  bothBad: 'half',
  paper: {
    title: 'Distilling the Knowledge in a Neural Network',
    authors: 'Hinton, Vinyals and Dean',
    year: 2015,
    equation: 'soft targets, at temperature 1',
    url: 'https://arxiv.org/abs/1503.02531',
  },
  trl: null,
};
