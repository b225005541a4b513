/** DAPO: all tokens count the same and the upper clip is wider. TRL's `loss_type="dapo"` with `epsilon_high`. */
import { number } from './parts/number.ts';
import { DIVERGENCE, klEstimator } from './parts/divergence.ts';
import type { Objective } from './objective.ts';

export const objective: Objective = {
  name: 'dapo',
  title: 'DAPO',
  family: 'rl',
  description:
    'GRPO at the level of tokens with more room upward, so unlikely tokens can grow; the loop drops groups in which all rewards are equal.',
  setting: 'groups',
  formula: `gain = (reward - mean_k(reward)) / (std_k(reward) + 0.0001)
ratio = exp(logp[t] - old[t])
surrogate = min(ratio * gain, clamp(ratio, 1 - epsilon, 1 + epsilon_high) * gain)
${DIVERGENCE}
token_loss = beta * divergence - surrogate
loss = sum(sum_t(token_loss)) / sum(len)`,
  parameters: {
    beta: number(
      'beta',
      [0, 1, 0.01],
      0,
      'Weight of the KL to the reference; larger keeps the policy closer to it.',
    ),
    epsilon: number(
      'epsilon',
      [0.05, 0.5, 0.01],
      0.2,
      'How far the ratio to the sampling policy may go before its gradient is cut.',
    ),
    epsilon_high: number(
      'upper epsilon',
      [0.05, 0.5, 0.01],
      0.28,
      'How far the ratio may rise before its gradient is cut.',
    ),
    kl_estimator: klEstimator,
  },
  reduction: 'sum',
  tie: 'excluded',
  bothBad: 'excluded',
  paper: {
    title: 'DAPO: An Open-Source LLM Reinforcement Learning System at Scale',
    authors: 'Yu and others',
    year: 2025,
    equation: 'DAPO loss',
    url: 'https://arxiv.org/abs/2503.14476',
  },
  trl: { trainer: 'grpo', loss_type: 'dapo' },
};
