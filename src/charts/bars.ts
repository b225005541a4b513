/** Bars of probabilities on a logarithmic axis: each gridline is ten times the one to its left. */

export interface DecadeAxis {
  /** Exponents of ten at the two ends. */
  low: number;
  high: number;
}

const MOST_DECADES = 12;

/** Whole decades that hold all probabilities; what lies too far below the largest is cut off. */
export function decades(probabilities: readonly number[]): DecadeAxis {
  const exponents = probabilities.filter((p) => p > 0).map((p) => Math.log10(p));
  const high = Math.min(0, Math.ceil(Math.max(...exponents, -3)));
  const low = Math.floor(Math.min(...exponents, high - 2) - 0.15);
  return { low: Math.max(low, high - MOST_DECADES), high };
}

/** Length of a bar from 0 to 1. */
export function along(p: number, { low, high }: DecadeAxis): number {
  if (!(p > 0)) return 0;
  return Math.min(1, Math.max(0, (Math.log10(p) - low) / (high - low)));
}

/** Exponents of the gridlines, at most five. */
export function gridlines({ low, high }: DecadeAxis): number[] {
  const every = Math.ceil((high - low) / 5);
  const result: number[] = [];
  for (let exponent = high; exponent >= low; exponent -= every) result.unshift(exponent);
  return result;
}
