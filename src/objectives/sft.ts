/** Supervised fine-tuning on the chosen responses, as TRL's `loss_type="sft"`. */
import type { Objective } from './objective.ts';

export const objective: Objective = {
  name: 'sft',
  title: 'SFT on the chosen',
  family: 'reference-free',
  description:
    'Raises the chosen responses and ignores the rejected ones; every token of the batch counts the same.',
  setting: 'pairs',
  formula: `loss = -sum(sum_t(logp_w[t])) / max(sum(len_w), 1)`,
  parameters: {},
  reduction: 'sum',
  tie: 'excluded',
  bothBad: 'excluded',
  paper: {
    title: 'Training language models to follow instructions with human feedback',
    authors: 'Ouyang and others',
    year: 2022,
    equation: 'section 3.5, supervised fine-tuning',
    url: 'https://arxiv.org/abs/2203.02155',
  },
  trl: { trainer: 'dpo', loss_type: 'sft' },
};
