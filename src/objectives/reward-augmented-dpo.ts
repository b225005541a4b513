/** DPO on data doubled by conditioning on scores; the loop writes the target score into the prompt. */
import { beta } from './parameters.ts';
import type { Objective } from './objective.ts';

export const objective: Objective = {
  name: 'reward-augmented-dpo',
  title: 'Reward-augmented DPO',
  family: 'dpo',
  description:
    "Each pair counts twice: asked for the chosen response's score the chosen one wins, asked for the rejected one's score the rejected one does. Pairs of equal scores contradict themselves and are left out.",
  setting: 'pairs',
  formula: `xw_w = logp_w_xw - ref_w_xw
xw_l = logp_l_xw - ref_l_xw
xl_w = logp_w_xl - ref_w_xl
xl_l = logp_l_xl - ref_l_xl
rewards_chosen = beta * xw_w
rewards_rejected = beta * xw_l
asked_for_w = -log_sigmoid(beta * (xw_w - xw_l))
asked_for_l = -log_sigmoid(beta * (xl_l - xl_w))
loss = (asked_for_w + asked_for_l) / 2`,
  parameters: { beta },
  reduction: 'sum',
  tie: 'excluded',
  bothBad: 'excluded',
  paper: {
    title: 'Reward-Augmented Data Enhances Direct Preference Alignment of LLMs',
    authors: 'Zhang, Liu, Liu, Zhang, Yang, Liu, Chen, Sun and Wang',
    year: 2024,
    equation: 'DPO on the reward-augmented data',
    url: 'https://arxiv.org/abs/2410.08067',
  },
  trl: null,
};
