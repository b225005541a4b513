/** GRPO, as TRL's `loss_type="grpo"`: a mean over each response's tokens, then over responses. */
import { number } from './parts/number.ts';
import { DIVERGENCE, klEstimator } from './parts/divergence.ts';
import type { Objective } from './objective.ts';

export const objective: Objective = {
  name: 'grpo',
  title: 'GRPO',
  family: 'rl',
  description:
    'Compares responses within their group, in units of its spread, and clips as PPO does; no value head.',
  setting: 'groups',
  formula: `gain = (reward - mean_k(reward)) / (std_k(reward) + 0.0001)
ratio = exp(logp[t] - old[t])
surrogate = min(ratio * gain, clamp(ratio, 1 - epsilon, 1 + epsilon) * gain)
${DIVERGENCE}
token_loss = beta * divergence - surrogate
loss = mean_k(mean_t(token_loss))`,
  parameters: {
    beta: number(
      'beta',
      [0, 1, 0.01],
      0.04,
      'Weight of the KL to the reference; larger keeps the policy closer to it.',
    ),
    epsilon: number(
      'epsilon',
      [0.05, 0.5, 0.01],
      0.2,
      'How far the ratio to the sampling policy may go before its gradient is cut.',
    ),
    kl_estimator: klEstimator,
  },
  reduction: 'mean',
  tie: 'excluded',
  bothBad: 'excluded',
  paper: {
    title: 'DeepSeekMath: Pushing the Limits of Mathematical Reasoning in Open Language Models',
    authors: 'Shao and others',
    year: 2024,
    equation: 'equation 3',
    url: 'https://arxiv.org/abs/2402.03300',
  },
  trl: { trainer: 'grpo', loss_type: 'grpo' },
};
