/** How often a reward model is right, and whether it is as often right as it says. Pure functions. */
import { mean, sigmoid } from '../base/maths.ts';
import { shareInterval } from './statistics.ts';

/** A share of `n` with its 95% interval, by Wilson's method. */
export interface Proportion {
  share: number;
  n: number;
  low: number;
  high: number;
}

/** `successes` may hold halves. With no trial nothing is known: the share is NaN, the interval all there is. */
export function wilson(successes: number, n: number): Proportion {
  if (n === 0) return { share: NaN, n, low: 0, high: 1 };
  const share = successes / n;
  return { share, n, ...shareInterval(share, n) };
}

/** Share of positive margins with its interval; a margin of 0 counts half. */
export function marginAccuracy(margins: readonly number[]): Proportion {
  return wilson(
    margins.reduce((sum, m) => sum + (m > 0 ? 1 : m < 0 ? 0 : 0.5), 0),
    margins.length,
  );
}

/** Pairs whose confidence lies in one bin. */
export interface CalibrationBin {
  low: number;
  high: number;
  /** Mean confidence; NaN where the bin is empty. */
  confidence: number;
  accuracy: Proportion;
}

export interface Calibration {
  bins: CalibrationBin[];
  /** Expected calibration error: the mean of |accuracy - confidence| over the bins, each by its share of the pairs. */
  ece: number;
  n: number;
}

/**
 * `margins`: reward of the response that the label calls better, less that of the other. A model that says
 * sigmoid(r_a - r_b) is sure to sigmoid(|margin|) of the side that it ranks first: its confidence, 0.5 to 1, and it is
 * right where the margin is positive. Bins are of equal width over that range; the last includes 1. (Guo and others 2017.)
 */
export function calibration(margins: readonly number[], count = 10): Calibration {
  const pairs = margins.map((margin) => ({ margin, confidence: sigmoid(Math.abs(margin)) }));
  const binOf = (confidence: number): number =>
    Math.min(count - 1, Math.floor((confidence - 0.5) * 2 * count));
  const bins = Array.from({ length: count }, (_, i): CalibrationBin => {
    const inside = pairs.filter(({ confidence }) => binOf(confidence) === i);
    return {
      low: 0.5 + i / (2 * count),
      high: 0.5 + (i + 1) / (2 * count),
      confidence: inside.length === 0 ? NaN : mean(inside.map(({ confidence }) => confidence)),
      accuracy: marginAccuracy(inside.map(({ margin }) => margin)),
    };
  });
  const n = margins.length;
  const gaps = bins.filter(({ accuracy }) => accuracy.n > 0);
  const ece =
    n === 0
      ? NaN
      : gaps.reduce((sum, b) => sum + (b.accuracy.n / n) * Math.abs(b.accuracy.share - b.confidence), 0);
  return { bins, ece, n };
}
