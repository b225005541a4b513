/** Dr. GRPO: neither the spread nor the length divides. TRL's `loss_type="dr_grpo"` with `scale_rewards="none"`. */
import { number } from './parts/number.ts';
import { DIVERGENCE, klEstimator } from './parts/divergence.ts';
import type { Objective } from './objective.ts';

export const objective: Objective = {
  name: 'dr_grpo',
  title: 'Dr. GRPO',
  family: 'rl',
  description:
    'GRPO without its biases toward long wrong answers and toward questions of little spread: divides by a constant length.',
  setting: 'groups',
  formula: `gain = reward - mean_k(reward)
ratio = exp(logp[t] - old[t])
surrogate = min(ratio * gain, clamp(ratio, 1 - epsilon, 1 + epsilon) * gain)
${DIVERGENCE}
token_loss = beta * divergence - surrogate
loss = mean_k(sum_t(token_loss)) / max_completion_length`,
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
    kl_estimator: klEstimator,
    max_completion_length: number(
      'longest response',
      [4, 256, 1],
      32,
      'The constant in place of the length; larger makes smaller steps.',
      { integer: true },
    ),
  },
  reduction: 'sum',
  tie: 'excluded',
  bothBad: 'excluded',
  paper: {
    title: 'Understanding R1-Zero-Like Training: A Critical Perspective',
    authors: 'Liu and others',
    year: 2025,
    equation: 'Dr. GRPO loss',
    url: 'https://arxiv.org/abs/2503.20783',
  },
  trl: { trainer: 'grpo', loss_type: 'dr_grpo' },
};
