/** DPO under the Plackett-Luce model: whole rankings in place of pairs. */
import { beta } from './parameters.ts';
import type { Objective } from './objective.ts';

export const objective: Objective = {
  name: 'plackett_luce_dpo',
  title: 'DPO over rankings',
  family: 'listwise',
  description: 'DPO for a ranking of K responses, given best first; with two it is DPO.',
  setting: 'groups',
  formula: `r = beta * (logp - ref)
loss = sum_k(tail_log_sum_exp_k(r) - r)`,
  parameters: { beta },
  reduction: 'sum',
  tie: 'excluded',
  bothBad: 'excluded',
  paper: {
    title: 'Direct Preference Optimization: Your Language Model is Secretly a Reward Model',
    authors: 'Rafailov, Sharma, Mitchell, Ermon, Manning and Finn',
    year: 2023,
    equation: 'appendix A.3',
    url: 'https://arxiv.org/abs/2305.18290',
  },
  trl: null,
};
