/** Bars of probabilities: on an axis from 0, or on one on which each gridline is ten times the one to its left. */
export interface DecadeAxis {
  /** Exponents of ten at the two ends. */
  low: number;
  high: number;
}

/** From 0 to that probability. */
export interface PlainAxis {
  most: number;
}

export type BarAxis = DecadeAxis | PlainAxis;

const MOST_DECADES = 12;

/** Whole decades that hold all probabilities; what lies too far below the largest is cut off. */
export function decades(probabilities: readonly number[]): DecadeAxis {
  const exponents = probabilities.filter((p) => p > 0).map((p) => Math.log10(p));
  const high = Math.min(0, Math.ceil(Math.max(...exponents, -3)));
  const low = Math.floor(Math.min(...exponents, high - 2) - 0.15);
  return { low: Math.max(low, high - MOST_DECADES), high };
}

/** From 0 to a round number (1, 2 or 5 times a power of ten) that holds all probabilities. */
export function plain(probabilities: readonly number[]): PlainAxis {
  const largest = Math.max(...probabilities.filter((p) => p > 0), 1e-12);
  const power = 10 ** Math.floor(Math.log10(largest));
  return { most: Math.min(1, ([1, 2, 5].find((m) => m * power >= largest) ?? 10) * power) };
}

/** Length of a bar from 0 to 1. */
export function along(p: number, axis: BarAxis): number {
  if (!(p > 0)) return 0;
  const length = 'most' in axis ? p / axis.most : (Math.log10(p) - axis.low) / (axis.high - axis.low);
  return Math.min(1, Math.max(0, length));
}

/** Probabilities of the gridlines, at most five. */
export function gridlines(axis: BarAxis): number[] {
  if ('most' in axis) return [0, axis.most / 2, axis.most];
  const every = Math.ceil((axis.high - axis.low) / 5);
  const result: number[] = [];
  for (let exponent = axis.high; exponent >= axis.low; exponent -= every) result.unshift(10 ** exponent);
  return result;
}
