/** SimPO, as TRL's CPO trainer with `loss_type="simpo"` and `cpo_alpha=0`. */
import { beta, labelSmoothing } from './parameters.ts';
import type { Objective } from './objective.ts';

export const objective: Objective = {
  name: 'simpo',
  title: 'SimPO',
  family: 'reference-free',
  description: 'Compares mean log-probs per token, without a reference, and asks for a margin of gamma.',
  setting: 'pairs',
  formula: `rewards_chosen = beta * mean_t(logp_w[t])
rewards_rejected = beta * mean_t(logp_l[t])
m = rewards_chosen - rewards_rejected - gamma
loss = -(1 - label_smoothing) * log_sigmoid(m) - label_smoothing * log_sigmoid(-m)`,
  parameters: {
    beta: { ...beta, max: 20, default: 2, help: 'Larger makes the loss steeper in the margin.' },
    gamma: {
      label: 'gamma',
      min: 0,
      max: 5,
      step: 0.05,
      default: 0.5,
      unit: '',
      help: 'The margin in reward that counts as enough.',
    },
    label_smoothing: { ...labelSmoothing, default: 0 },
  },
  reduction: 'mean',
  tie: 'excluded',
  bothBad: 'excluded',
  paper: {
    title: 'SimPO: Simple Preference Optimization with a Reference-Free Reward',
    authors: 'Meng, Xia and Chen',
    year: 2024,
    equation: 'equation 6',
    url: 'https://arxiv.org/abs/2405.14734',
  },
  trl: { trainer: 'cpo', loss_type: 'simpo' },
};
