/** TPO's lambda-weighted list loss, one pair of the list at a time. Recalled form; the released code differs. */
import { beta } from './parameters.ts';
import type { Objective } from './objective.ts';

export const objective: Objective = {
  name: 'tpo',
  title: 'TPO (preference trees)',
  family: 'listwise',
  description:
    'Ranks the chains of a tree: a pair counts by how much swapping it would change the ranking. The loop lists every pair of unequal scores, their current places by reward, and token weights that hold the step weights: weight of the step over its tokens and over the sum of weights.',
  setting: 'pairs',
  formula: `ratio_w = logp_w[t] - ref_w[t]
ratio_l = logp_l[t] - ref_l[t]
rewards_chosen = beta * sum_t(token_weight_w[t] * ratio_w)
rewards_rejected = beta * sum_t(token_weight_l[t] * ratio_l)
gain = abs(pow(2, score_w) - pow(2, score_l))
discount = log(2) * abs(1 / log1p(rank_w) - 1 / log1p(rank_l))
loss = -gain * discount * log_sigmoid(rewards_chosen - rewards_rejected)`,
  parameters: { beta: { ...beta, default: 0.5 } },
  reduction: 'mean',
  tie: 'excluded',
  bothBad: 'excluded',
  paper: {
    title: 'TPO: Aligning Large Language Models with Multi-branch & Multi-step Preference Trees',
    authors: 'Liao, Chu and Wang',
    year: 2024,
    equation: 'lambda-weighted preference list ranking; a mean over pairs where the paper sums over a list',
    url: 'https://arxiv.org/abs/2410.12854',
  },
  trl: null,
};
