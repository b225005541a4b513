/** Robust DPO, as TRL's `loss_type="robust"`. */
import { beta, labelSmoothing } from './parameters.ts';
import type { Objective } from './objective.ts';

export const objective: Objective = {
  name: 'robust',
  title: 'Robust DPO',
  family: 'dpo',
  description: 'An unbiased estimate of the DPO loss when a known share of the labels is flipped.',
  setting: 'pairs',
  formula: `h_w = logp_w - ref_w
h_l = logp_l - ref_l
rewards_chosen = beta * h_w
rewards_rejected = beta * h_l
m = beta * (h_w - h_l)
clean = -(1 - label_smoothing) * log_sigmoid(m)
flipped = -label_smoothing * log_sigmoid(-m)
loss = (clean - flipped) / (1 - 2 * label_smoothing)`,
  parameters: { beta, label_smoothing: labelSmoothing },
  reduction: 'sum',
  tie: 'excluded',
  bothBad: 'excluded',
  paper: {
    title: 'Provably Robust DPO: Aligning Language Models with Noisy Feedback',
    authors: 'Ray Chowdhury, Kini and Natarajan',
    year: 2024,
    equation: 'section 3',
    url: 'https://arxiv.org/abs/2403.00409',
  },
  trl: { trainer: 'dpo', loss_type: 'robust' },
};
