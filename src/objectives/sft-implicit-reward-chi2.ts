/** SFT as learning an implicit reward, under Pearson chi squared. Per token, no value term: a variant of our own. */
import { beta } from './parameters.ts';
import type { Objective } from './objective.ts';

export const objective: Objective = {
  name: 'sft-implicit-reward-chi2',
  title: 'f-divergence SFT, chi squared',
  family: 'unpaired',
  description:
    'The push on the chosen response fades as the policy leaves the base model at a token; SFT with the slope 1 - u / 2 in the log-ratio u. A variant of our own: per token, its value term left out.',
  setting: 'pairs',
  formula: `u = clamp(beta * (logp_w[t] - ref_w[t]), -0.9, 4)
rewards_chosen = mean_t(u)
loss = -mean_t(u - square(u) / 4)`,
  parameters: { beta: { ...beta, default: 1 } },
  reduction: 'mean',
  tie: 'excluded',
  bothBad: 'excluded',
  paper: {
    title: 'Implicit Reward as the Bridge: A Unified View of SFT and DPO Connections',
    authors: 'Wang, Cheng, Peng, Bao, Li, Guo, Li, Zeng, Zhou and Qiu',
    year: 2025,
    equation: 'imitation objective, Pearson chi squared',
    url: 'https://arxiv.org/abs/2507.00018',
  },
  trl: null,
};
