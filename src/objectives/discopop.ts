/**
 * DiscoPOP's log-ratio modulated loss, as TRL's `loss_type="discopop"`. The product exp(-m) sigmoid(m / tau) stands as
 * one exponential: its factors alone overflow.
 */
import { beta } from './parameters.ts';
import type { Objective } from './objective.ts';

export const objective: Objective = {
  name: 'discopop',
  title: 'DiscoPOP',
  family: 'dpo',
  description:
    'Found by a language model: logistic where the margin is negative, exponential where it is positive.',
  setting: 'pairs',
  formula: `h_w = logp_w - ref_w
h_l = logp_l - ref_l
rewards_chosen = beta * h_w
rewards_rejected = beta * h_l
m = beta * (h_w - h_l)
logistic = -log_sigmoid(m) * sigmoid(-m / tau)
exponential = exp(log_sigmoid(m / tau) - m)
loss = logistic + exponential`,
  parameters: {
    beta,
    tau: {
      label: 'tau',
      min: 0.01,
      max: 1,
      step: 0.01,
      default: 0.05,
      unit: '',
      scale: 'log',
      help: 'Larger blends the two parts over a wider range of margins.',
    },
  },
  reduction: 'sum',
  tie: 'excluded',
  bothBad: 'excluded',
  paper: {
    title: 'Discovering Preference Optimization Algorithms with and for Large Language Models',
    authors: 'Lu, Holt, Fanconi, Chan, Foerster, van der Schaar and Lange',
    year: 2024,
    equation: 'equation 5',
    url: 'https://arxiv.org/abs/2406.08414',
  },
  trl: { trainer: 'dpo', loss_type: 'discopop' },
};
