/**
 * AOT over pairs, as TRL's `loss_type="aot"`. It sorts log-probs and reference apart, so there is no log-ratio of a
 * response for an f-divergence to replace; TRL ignores the f-divergence here as well.
 */
import { beta, labelSmoothing } from './parameters.ts';
import type { Objective } from './objective.ts';

export const objective: Objective = {
  name: 'aot',
  title: 'AOT',
  family: 'dpo',
  description:
    'Compares the sorted margins of the batch with the sorted margins of the reference; its value depends on the batch size.',
  setting: 'pairs',
  formula: `ratio_w = logp_w - ref_w
ratio_l = logp_l - ref_l
rewards_chosen = beta * ratio_w
rewards_rejected = beta * ratio_l
delta = sort(logp_w - logp_l) - sort(ref_w - ref_l)
loss = -(1 - label_smoothing) * log_sigmoid(beta * delta) - label_smoothing * log_sigmoid(-beta * delta)`,
  parameters: { beta, label_smoothing: { ...labelSmoothing, default: 0 } },
  reduction: 'sum',
  tie: 'excluded',
  bothBad: 'excluded',
  paper: {
    title: 'Distributional Preference Alignment of LLMs via Optimal Transport',
    authors: 'Melnyk, Mroueh, Belgodere, Rigotti, Nitsure, Yurochkin, Greenewald, Navratil and Ross',
    year: 2024,
    equation: 'paired variant',
    url: 'https://arxiv.org/abs/2406.05882',
  },
  trl: { trainer: 'dpo', loss_type: 'aot' },
};
