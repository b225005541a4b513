/** KL from the student to the teacher at every token; TRL's GKD trainer with `beta=1`. */
import type { Objective } from './objective.ts';

export const objective: Objective = {
  name: 'reverse_kl',
  title: 'Reverse KL',
  family: 'distillation',
  description:
    'Makes the student avoid what the teacher would not say along the chosen response; meant for responses of its own. The teacher is the second frozen model.',
  setting: 'pairs',
  formula: `loss = mean_t(kl2_w[t])`,
  parameters: {},
  reduction: 'mean',
  tie: 'half',
  bothBad: 'half',
  paper: {
    title: 'Knowledge Distillation of Large Language Models',
    authors: 'Gu, Dong, Wei and Huang',
    year: 2023,
    equation: 'reverse KL, token by token',
    url: 'https://arxiv.org/abs/2306.08543',
  },
  trl: null,
};
