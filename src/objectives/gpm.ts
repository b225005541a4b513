/** General preference model: an antisymmetric form of two vectors, here of four numbers each. */
import { number } from './parts/number.ts';
import type { Objective } from './objective.ts';

export const objective: Objective = {
  name: 'gpm',
  title: 'GPM',
  family: 'reward-model',
  description:
    'A preference model that can hold rock-paper-scissors tastes: each response has a vector, and which one is clockwise of the other wins.',
  setting: 'pairs',
  formula: `turn_1 = vec1_w * vec2_l - vec2_w * vec1_l
turn_2 = vec3_w * vec4_l - vec4_w * vec3_l
preference = turn_1 + turn_2
loss = -log_sigmoid(preference / tau)`,
  parameters: {
    tau: number('tau', [0.05, 5, 0.05], 0.1, 'Larger makes the same score mean a weaker preference.', {
      scale: 'log',
    }),
  },
  reduction: 'sum',
  tie: 'excluded',
  bothBad: 'excluded',
  paper: {
    title: 'General Preference Modeling with Preference Representations for Aligning Language Models',
    authors: 'Zhang, Zhang, Wu, Xu and Gu',
    year: 2024,
    equation: 'general preference score and its log-loss',
    url: 'https://arxiv.org/abs/2410.02197',
  },
  trl: null,
};
