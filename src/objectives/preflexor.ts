/** Pairwise EXO on answers alone: tokens up to the end of the thought do not count. Stage 1 is `orpo`. */
import { number } from './parts/number.ts';
import { beta } from './parameters.ts';
import type { Objective } from './objective.ts';

export const objective: Objective = {
  name: 'preflexor',
  title: 'PRefLexOR, stage 2',
  family: 'dpo',
  description:
    'Leaves thoughts free and trains the answer that follows them: token weights are 0 up to and with the last end-of-thought mark. The loop regenerates the data.',
  setting: 'pairs',
  formula: `u_w = sum_t(token_weight_w[t] * (logp_w[t] - ref_w[t]))
u_l = sum_t(token_weight_l[t] * (logp_l[t] - ref_l[t]))
rewards_chosen = beta * u_w
rewards_rejected = beta * u_l
d = beta * (u_w - u_l)
loss = sigmoid(d) * (log_sigmoid(d) - log1p(-epsilon)) + sigmoid(-d) * (log_sigmoid(-d) - log(epsilon))`,
  parameters: {
    beta,
    epsilon: number(
      'epsilon',
      [0.001, 0.2, 0.001],
      0.005,
      'The share of labels believed to be wrong; larger settles at a smaller margin.',
    ),
  },
  reduction: 'sum',
  tie: 'excluded',
  bothBad: 'excluded',
  paper: {
    title:
      'PRefLexOR: Preference-based Recursive Language Modeling for Exploratory Optimization of Reasoning and Agentic Thinking',
    authors: 'Buehler',
    year: 2024,
    equation: 'stage 2: masked EXO',
    url: 'https://arxiv.org/abs/2410.12375',
  },
  trl: null,
};
