/** NCA over a pair, as TRL's `loss_type="nca_pair"`. */
import { beta } from './parameters.ts';
import type { Objective } from './objective.ts';

export const objective: Objective = {
  name: 'nca_pair',
  title: 'NCA',
  family: 'dpo',
  description: 'Fits each response on its own: the chosen up, the rejected down, and neither too far.',
  setting: 'pairs',
  formula: `h_w = logp_w - ref_w
h_l = logp_l - ref_l
rewards_chosen = beta * h_w
rewards_rejected = beta * h_l
loss = -log_sigmoid(beta * h_w) - 0.5 * log_sigmoid(-beta * h_w) - 0.5 * log_sigmoid(-beta * h_l)`,
  parameters: { beta },
  reduction: 'sum',
  tie: 'excluded',
  bothBad: 'excluded',
  paper: {
    title: 'Noise Contrastive Alignment of Language Models with Explicit Rewards',
    authors: 'Chen, He, Yuan, Cui, Su and Zhu',
    year: 2024,
    equation: 'section 4, for K = 2',
    url: 'https://arxiv.org/abs/2402.05369',
  },
  trl: { trainer: 'dpo', loss_type: 'nca_pair' },
};
