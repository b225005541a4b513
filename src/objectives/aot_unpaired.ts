/**
 * AOT over unpaired responses, as TRL's `loss_type="aot_unpaired"`. TRL sorts the plain log-ratios whatever the
 * f-divergence, so they are not named h_w and h_l.
 */
import { beta, labelSmoothing } from './parameters.ts';
import type { Objective } from './objective.ts';

export const objective: Objective = {
  name: 'aot_unpaired',
  title: 'AOT, unpaired',
  family: 'dpo',
  description:
    'Compares the sorted log-ratios of the chosen with those of the rejected responses; its value depends on the batch size.',
  setting: 'pairs',
  formula: `ratio_w = logp_w - ref_w
ratio_l = logp_l - ref_l
rewards_chosen = beta * ratio_w
rewards_rejected = beta * ratio_l
delta = sort(ratio_w) - sort(ratio_l)
loss = -(1 - label_smoothing) * log_sigmoid(beta * delta) - label_smoothing * log_sigmoid(-beta * delta)`,
  parameters: { beta, label_smoothing: { ...labelSmoothing, default: 0 } },
  reduction: 'sum',
  tie: 'excluded',
  bothBad: 'excluded',
  paper: {
    title: 'Distributional Preference Alignment of LLMs via Optimal Transport',
    authors: 'Melnyk, Mroueh, Belgodere, Rigotti, Nitsure, Yurochkin, Greenewald, Navratil and Ross',
    year: 2024,
    equation: 'unpaired variant',
    url: 'https://arxiv.org/abs/2406.05882',
  },
  trl: { trainer: 'dpo', loss_type: 'aot_unpaired' },
};
