/** AlphaPO, as TRL's CPO trainer with `loss_type="alphapo"`. */
import { beta, labelSmoothing } from './parameters.ts';
import type { Objective } from './objective.ts';

export const objective: Objective = {
  name: 'alphapo',
  title: 'AlphaPO',
  family: 'reference-free',
  description:
    'SimPO with the reward (1 - p^-alpha) / alpha of the mean probability p of a token, which bends the pull.',
  setting: 'pairs',
  formula: `a = where(abs(alpha) < 1e-12, 1e-12, alpha) # alpha = 0 means its limit, the log-prob
rewards_chosen = -beta * expm1(-a * mean_t(logp_w[t])) / a
rewards_rejected = -beta * expm1(-a * mean_t(logp_l[t])) / a
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
    alpha: {
      label: 'alpha',
      min: -2,
      max: 2,
      step: 0.05,
      default: 0.25,
      unit: '',
      help: 'Larger pulls harder at improbable responses; 0 is SimPO.',
    },
    label_smoothing: { ...labelSmoothing, default: 0 },
  },
  reduction: 'mean',
  tie: 'excluded',
  bothBad: 'excluded',
  paper: {
    title: 'AlphaPO: Reward shape matters for LLM alignment',
    authors: 'Gupta, Tang, Song and others',
    year: 2025,
    equation: 'the reward with alpha, in the loss of SimPO',
    url: 'https://arxiv.org/abs/2501.03884',
  },
  trl: { trainer: 'cpo', loss_type: 'alphapo' },
};
