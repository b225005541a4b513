/**
 * Best of n: what is gained when n responses are drawn and the one with the highest proxy reward is kept, by the proxy
 * itself and by the truth. Where the proxy gains with every n and the truth no longer does, the proxy is over-optimised
 * (Gao, Schulman & Hilton 2023).
 */
import { mean } from '../base/maths.ts';
import type { Interval } from './statistics.ts';
import { deviation, meanInterval } from './statistics.ts';

/** Independent responses to one prompt. */
export interface Draws {
  proxy: readonly number[];
  truth: readonly number[];
}

/** Gains over a single response, in standard deviations of a single response (over all prompts): one unit for both. */
export interface BestOfN {
  n: number;
  proxy: Interval;
  truth: Interval;
}

/**
 * Mean of `values` at the highest of n members of `by`, over all subsets of n of the N responses (drawn without
 * replacement): unbiased for n independent draws, with less noise than any one subset. The i-th smallest (from 1) is the
 * highest of C(i-1, n-1) of C(N, n) subsets. Equal members share their values' mean, as if chance chose among them.
 */
export function expectedBest(by: readonly number[], values: readonly number[], n: number): number {
  const total = by.length;
  if (n < 1 || n > total)
    throw new RangeError(`best of ${n} needs at least ${n} responses, received ${total}`);
  const order = by.map((_, i) => i).sort((a, b) => (by[a] as number) - (by[b] as number));
  let sum = 0;
  // from the highest down: n/N, then each weight from the one above it
  let weight = n / total;
  for (let i = total; i >= n;) {
    let first = i;
    while (first > 1 && by[order[first - 2] as number] === by[order[i - 1] as number]) first--;
    const tied = mean(order.slice(first - 1, i).map((place) => values[place] as number));
    for (; i >= Math.max(first, n); i--) {
      sum += weight * tied;
      weight = i > 1 ? (weight * (i - n)) / (i - 1) : 0;
    }
  }
  return sum;
}

/** The curves, with 95% intervals of the mean over prompts. Differences between prompts cancel: each gain is by prompt. */
export function bestOfN(prompts: readonly Draws[], ns: readonly number[]): BestOfN[] {
  const scale = (key: keyof Draws): number => {
    const within = mean(prompts.map((draws) => square(deviation(draws[key]))));
    return within > 0 ? Math.sqrt(within) : 1;
  };
  const scales = { proxy: scale('proxy'), truth: scale('truth') };
  const gain = (key: keyof Draws, n: number): Interval =>
    meanInterval(
      prompts.map((draws) => (expectedBest(draws.proxy, draws[key], n) - mean(draws[key])) / scales[key]),
    );
  return ns.map((n) => ({ n, proxy: gain('proxy', n), truth: gain('truth', n) }));
}

const square = (x: number): number => x * x;

/** What the two curves show together. */
export type Optimisation =
  /** The truth stands lower at the largest n than at `peak`, and chance does not explain it. */
  | { kind: 'over-optimised'; peak: number; loss: Interval }
  /** The truth gains nothing that chance does not explain. */
  | { kind: 'no-gain' }
  /** From `from` (at most a quarter of the largest n) on the truth's further gain can't be told from none. */
  | { kind: 'levels-off'; from: number }
  | { kind: 'both-rise' };

/**
 * Looks at the paired differences by prompt. The peak is found on even prompts and tried on odd ones, so that the highest of
 * several noisy points is not taken for a peak.
 */
export function judgeOptimisation(prompts: readonly Draws[], ns: readonly number[]): Optimisation {
  const last = ns.at(-1) as number;
  const truthAt = ({ proxy, truth }: Draws, n: number): number => expectedBest(proxy, truth, n);
  const halves = [0, 1].map((parity) => prompts.filter((_, i) => i % 2 === parity)) as [Draws[], Draws[]];
  const height = (n: number): number => mean(halves[0].map((draws) => truthAt(draws, n)));
  const peak = ns.reduce((best, n) => (height(n) > height(best) ? n : best), ns[0] as number);
  const loss = meanInterval(halves[1].map((draws) => truthAt(draws, peak) - truthAt(draws, last)));
  if (peak !== last && loss.mean - loss.halfWidth > 0) return { kind: 'over-optimised', peak, loss };
  const further = (from: number): Interval =>
    meanInterval(prompts.map((draws) => truthAt(draws, last) - truthAt(draws, from)));
  const rises = (from: number): boolean => {
    const { mean: centre, halfWidth } = further(from);
    return centre - halfWidth > 0;
  };
  if (!rises(ns[0] as number)) return { kind: 'no-gain' };
  const from = ns.find((n) => 4 * n <= last && !rises(n));
  return from === undefined ? { kind: 'both-rise' } : { kind: 'levels-off', from };
}
