/** The KL to the reference as policy-gradient losses estimate it at sampled tokens: Schulman's k1, k2 or k3. */
import { number } from './number.ts';

export const klEstimator = number(
  'KL estimator',
  [1, 3, 1],
  3,
  '1: the log-ratio (its gradient is 0 on average), 2: half its square, 3: never below 0 and without bias, as in GRPO.',
  { integer: true },
);

/** Assigns `divergence`, one number a token. */
export const DIVERGENCE = `away = ref[t] - logp[t]
k2 = square(away) / 2
k3 = expm1(away) - away
divergence = where(kl_estimator < 1.5, -away, where(kl_estimator < 2.5, k2, k3))`;
