/**
 * A reward that is linear in a few features of a response, fitted to preferences: Bradley and Terry's model (1952) as ridge logistic
 * regression on differences of features, with Laplace's approximation of what is not known of its weights (MacKay 1992).
 * Uses `base/maths` alone: the same bits everywhere.
 */
import { range } from '../base/lists.ts';
import { log, logSigmoid, sigmoid } from '../base/maths.ts';

/** `difference` [d]: features of one response less those of the other. `prefers`: 1 for the one, 0 for the other, 0.5 for a tie. */
export interface Preference {
  difference: ArrayLike<number>;
  prefers: number;
}

export interface LinearReward {
  /** [d], in nats of log-odds a unit of each feature. */
  weights: number[];
  /** [d][d]: the posterior covariance of the weights. */
  covariance: number[][];
  /**
   * Log of how many times likelier the preferences are under such a reward, its weights averaged over, than under the toss of a
   * coin; 0 without preferences, below 0 where they contradict each other.
   */
  evidence: number;
}

/** Newton's method squares its error each time: far more than it takes. */
const MOST_NEWTON = 50;
const ENOUGH = 1e-10;

/**
 * Weights at the maximum of the posterior under a normal prior of variance 1 / `ridge` around 0; `features`: d. Without
 * preferences, the prior itself.
 */
export function fitLinearReward(
  preferences: readonly Preference[],
  features: number,
  ridge: number,
): LinearReward {
  const each = range(0, features);
  let weights = each.map(() => 0);
  let factor = cholesky(each.map((i) => each.map((j) => (i === j ? ridge : 0))));
  for (let round = 0; round < MOST_NEWTON; round++) {
    const gradient = weights.map((w) => ridge * w);
    const hessian = each.map((i) => each.map((j) => (i === j ? ridge : 0)));
    for (const { difference, prefers } of preferences) {
      const p = sigmoid(dot(weights, difference));
      const curvature = p * (1 - p);
      for (const i of each) {
        const x = difference[i] as number;
        gradient[i] = (gradient[i] as number) + (p - prefers) * x;
        const row = hessian[i] as number[];
        for (const j of each) row[j] = (row[j] as number) + curvature * x * (difference[j] as number);
      }
    }
    factor = cholesky(hessian);
    const step = solve(factor, gradient);
    weights = weights.map((w, i) => w - (step[i] as number));
    if (Math.max(...step.map(Math.abs), 0) < ENOUGH) break;
  }
  const covariance = each.map((i) =>
    solve(
      factor,
      each.map((j) => (i === j ? 1 : 0)),
    ),
  );
  return { weights, covariance, evidence: evidenceOf(preferences, weights, factor, ridge) };
}

/** The reward of a response with these features. */
export const rewardOf = ({ weights }: Pick<LinearReward, 'weights'>, features: ArrayLike<number>): number =>
  dot(weights, features);

/** Variance of the reward of a difference, by what is not known of the weights. */
export const uncertaintyOf = (
  { covariance }: Pick<LinearReward, 'covariance'>,
  difference: ArrayLike<number>,
): number => covariance.reduce((sum, row, i) => sum + (difference[i] as number) * dot(row, difference), 0);

/** Laplace: log-likelihood and prior at the maximum, times the volume of the posterior around it. */
function evidenceOf(
  preferences: readonly Preference[],
  weights: readonly number[],
  factor: readonly number[][],
  ridge: number,
): number {
  const fit = preferences.reduce((sum, { difference, prefers }) => {
    const margin = dot(weights, difference);
    return sum + prefers * logSigmoid(margin) + (1 - prefers) * logSigmoid(-margin) + LN2;
  }, 0);
  const prior = -0.5 * ridge * dot(weights, weights) + 0.5 * weights.length * log(ridge);
  return fit + prior - factor.reduce((sum, row, i) => sum + log(row[i] as number), 0);
}

const LN2 = log(2);
const dot = (a: readonly number[], b: ArrayLike<number>): number =>
  a.reduce((sum, x, i) => sum + x * (b[i] as number), 0);

/** Lower triangle L with L L^T = `matrix`, which must be positive definite. */
function cholesky(matrix: readonly (readonly number[])[]): number[][] {
  const lower: number[][] = [];
  for (const [i, row] of matrix.entries()) {
    const made: number[] = [];
    for (let j = 0; j <= i; j++) {
      const other = j === i ? made : (lower[j] as number[]);
      let sum = row[j] as number;
      for (let k = 0; k < j; k++) sum -= (made[k] as number) * (other[k] as number);
      made.push(j === i ? Math.sqrt(sum) : sum / (other[j] as number));
    }
    lower.push(made);
  }
  return lower;
}

/** x with L L^T x = `values`. */
function solve(lower: readonly (readonly number[])[], values: readonly number[]): number[] {
  const n = values.length;
  const x = [...values];
  for (let i = 0; i < n; i++) {
    const row = lower[i] as readonly number[];
    for (let k = 0; k < i; k++) x[i] = (x[i] as number) - (row[k] as number) * (x[k] as number);
    x[i] = (x[i] as number) / (row[i] as number);
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++)
      x[i] = (x[i] as number) - ((lower[k] as readonly number[])[i] as number) * (x[k] as number);
    x[i] = (x[i] as number) / ((lower[i] as readonly number[])[i] as number);
  }
  return x;
}
