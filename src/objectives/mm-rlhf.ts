/** MM-DPO: the margin of a reward model sets the beta of each pair. The form of the scaling is recalled. */
import { number } from './parts/number.ts';
import { beta } from './parameters.ts';
import type { Objective } from './objective.ts';

export const objective: Objective = {
  name: 'mm-rlhf',
  title: 'MM-DPO',
  family: 'dpo',
  description:
    'DPO in which pairs that a reward model finds clear count with a larger beta, plus a log-loss on the chosen response.',
  setting: 'pairs',
  formula: `ratio_w = logp_w - ref_w
ratio_l = logp_l - ref_l
clear = 1 - exp(-k * relu(margin_column))
scaled_beta = max(beta * (1 + w * clear), 0.001)
rewards_chosen = scaled_beta * ratio_w
rewards_rejected = scaled_beta * ratio_l
loss = -log_sigmoid(scaled_beta * (ratio_w - ratio_l)) - sft_weight * logp_w / len_w`,
  parameters: {
    beta,
    w: number(
      'w',
      [0, 4, 0.1],
      2,
      "How much larger the clearest pairs' beta is; the authors' script has 0.1.",
    ),
    k: number('k', [0.05, 5, 0.05], 0.5, 'Larger calls a pair clear at a smaller margin.'),
    sft_weight: number(
      'weight of the log-loss',
      [0, 2, 0.01],
      0.25,
      'Larger keeps the chosen responses more probable.',
    ),
  },
  reduction: 'sum',
  tie: 'excluded',
  bothBad: 'excluded',
  paper: {
    title: 'MM-RLHF: The Next Step Forward in Multimodal LLM Alignment',
    authors: 'Zhang and others',
    year: 2025,
    equation: 'dynamic reward scaling',
    url: 'https://arxiv.org/abs/2502.10391',
  },
  trl: null,
};
