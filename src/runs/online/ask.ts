/**
 * Which pair to ask about next: the one whose answer would tell most of somebody's taste, given the answers so far. Expected
 * information gain of a Bayesian logistic model (Houlsby and others 2011, "Bayesian Active Learning for Classification and
 * Preference Learning", equation 2).
 */
import { exp, log, sigmoid } from '../../base/maths.ts';
import type { ResponsePair } from '../../worlds/world.ts';
import { rewardOf, uncertaintyOf } from '../../training/linear-reward.ts';
import type { Features } from './features.ts';
import { differenceOf } from './features.ts';
import type { Taste } from './taste.ts';

/** A pair, and what its answer would tell. */
export interface TellingPair<P extends ResponsePair = ResponsePair> {
  pair: P;
  /** In nats, at most log 2. */
  gain: number;
  /** Key of the attribute that it would tell most about. */
  about: string;
}

/** Nodes and weights over a standard normal variable: every quarter of a standard deviation, to four of them. */
const NODES = Array.from({ length: 33 }, (_, i) => {
  const z = (i - 16) / 4;
  return { z, mass: exp(-0.5 * z * z) };
});
const MASS = NODES.reduce((sum, { mass }) => sum + mass, 0);

/** Entropy of a coin that shows heads with probability p, in nats. */
const entropy = (p: number): number => (p <= 0 || p >= 1 ? 0 : -p * log(p) - (1 - p) * log(1 - p));

/** Mutual information between the answer to a pair and the taste, in nats. */
export function gainOf({ reward }: Taste, difference: readonly number[]): number {
  const margin = rewardOf(reward, difference);
  const spread = Math.sqrt(uncertaintyOf(reward, difference));
  const mean = (of: (p: number) => number): number =>
    NODES.reduce((sum, { z, mass }) => sum + mass * of(sigmoid(margin + spread * z)), 0) / MASS;
  return entropy(mean((p) => p)) - mean(entropy);
}

/** The most telling of these pairs; null of none. */
export function mostTelling<P extends ResponsePair>(
  taste: Taste,
  features: Features,
  pairs: Iterable<P>,
): TellingPair<P> | null {
  let best: { pair: P; gain: number; difference: number[] } | null = null;
  for (const pair of pairs) {
    const difference = differenceOf(features, pair);
    const gain = gainOf(taste, difference);
    if (best === null || gain > best.gain) best = { pair, gain, difference };
  }
  if (best === null) return null;
  return { pair: best.pair, gain: best.gain, about: aboutOf(taste, features, best.difference) };
}

/** The attribute whose weight an answer would make surest. */
function aboutOf(
  { reward: { covariance } }: Taste,
  { attributes }: Features,
  difference: readonly number[],
): string {
  const told = covariance.map((row, k) => {
    const along = row.reduce((sum, x, i) => sum + x * (difference[i] as number), 0);
    return (along * along) / (row[k] as number);
  });
  return attributes[told.indexOf(Math.max(...told))]?.key ?? '';
}
