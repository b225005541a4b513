/** Flex-DPO: separate betas for the chosen and the rejected response. */
import { number } from './parts/number.ts';
import type { Objective } from './objective.ts';

export const objective: Objective = {
  name: '3d-properties-flex',
  title: 'Flex-DPO',
  family: 'dpo',
  description:
    'DPO that pulls less at the rejected response than at the chosen one, so that rejected probability does not crash and drag the chosen one along.',
  setting: 'pairs',
  formula: `ratio_w = logp_w - ref_w
ratio_l = logp_l - ref_l
rewards_chosen = beta_chosen * ratio_w
rewards_rejected = beta_rejected * ratio_l
loss = -log_sigmoid(rewards_chosen - rewards_rejected)`,
  parameters: {
    beta_chosen: number(
      'beta of the chosen',
      [0.01, 5, 0.01],
      1,
      'Strength of the pull at the chosen response.',
      { scale: 'log' },
    ),
    beta_rejected: number(
      'beta of the rejected',
      [0.01, 5, 0.01],
      0.3,
      'Strength of the push at the rejected response; keep it below the other.',
      { scale: 'log' },
    ),
  },
  reduction: 'sum',
  tie: 'excluded',
  bothBad: 'excluded',
  paper: {
    title: '3D-Properties: Identifying Challenges in DPO and Charting a Path Forward',
    authors: 'Yan, Miao, Li, Zhang, Xie, Deng and Yan',
    year: 2024,
    equation: 'Flex-DPO, appendix B.2',
    url: 'https://arxiv.org/abs/2406.07327',
  },
  trl: null,
};
