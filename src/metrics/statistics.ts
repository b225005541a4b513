/** Statistics over seeds: means with intervals, paired comparisons, and what may be called a difference. */
import { exp, log, mean } from '../base/maths.ts';

export interface Interval {
  mean: number;
  /** Half the width of the 95% interval of the mean (Student's t); NaN for fewer than two values. */
  halfWidth: number;
  n: number;
}

/** Mean of independent values with its 95% interval. */
export function meanInterval(values: readonly number[]): Interval {
  const n = values.length;
  return { mean: mean(values), halfWidth: (tQuantile(n - 1) * deviation(values)) / Math.sqrt(n), n };
}

/** Standard deviation with n - 1 below. */
export function deviation(values: readonly number[]): number {
  const centre = mean(values);
  const squares = values.reduce((sum, x) => sum + (x - centre) * (x - centre), 0);
  return Math.sqrt(squares / (values.length - 1));
}

/** Of a share of `n` independent cases: its 95% interval by Wilson (1927), which stays within 0 and 1. NaN for no case. */
export function shareInterval(share: number, n: number): { low: number; high: number } {
  const z = 1.959964;
  const centre = share + (z * z) / (2 * n);
  const half = z * Math.sqrt((share * (1 - share)) / n + (z * z) / (4 * n * n));
  const scale = 1 + (z * z) / n;
  return { low: Math.max(0, (centre - half) / scale), high: Math.min(1, (centre + half) / scale) };
}

export interface Comparison {
  a: string;
  b: string;
  /** Mean of a - b over the seeds, with its 95% interval. */
  difference: Interval;
  /** Two-sided paired t-test, corrected by Holm's method for the number of pairs compared. */
  p: number;
  different: boolean;
}

/**
 * Every pair of arms, paired by seed. `values[arm][i]` belongs to seed i. Two arms are different where the corrected p is
 * below `level`. Arms whose differences are all equal: p is 0 where that difference is not 0, else 1.
 */
export function compareArms(values: Readonly<Record<string, readonly number[]>>, level = 0.05): Comparison[] {
  const arms = Object.keys(values);
  const pairs = arms.flatMap((a, i) => arms.slice(i + 1).map((b) => [a, b] as const));
  const raw = pairs.map(([a, b]) => {
    const differences = (values[a] as readonly number[]).map(
      (x, i) => x - ((values[b] as readonly number[])[i] as number),
    );
    return { a, b, difference: meanInterval(differences), p: pairedP(differences) };
  });
  const corrected = holm(raw.map((row) => row.p));
  return raw.map((row, i) => ({
    ...row,
    p: corrected[i] as number,
    different: (corrected[i] as number) < level,
  }));
}

function pairedP(differences: readonly number[]): number {
  const n = differences.length;
  const centre = mean(differences);
  const error = deviation(differences) / Math.sqrt(n);
  if (n < 2 || Number.isNaN(centre)) return 1;
  if (error === 0) return centre === 0 ? 1 : 0;
  return tTail(Math.abs(centre / error), n - 1);
}

/** Holm 1979: the i-th smallest of m p-values times m - i, never falling. In the order given. */
export function holm(p: readonly number[]): number[] {
  const order = p.map((_, i) => i).sort((i, j) => (p[i] as number) - (p[j] as number));
  const corrected = new Array<number>(p.length);
  let largest = 0;
  order.forEach((i, place) => {
    largest = Math.max(largest, Math.min(1, (p[i] as number) * (p.length - place)));
    corrected[i] = largest;
  });
  return corrected;
}

/** P(|T| > t) for Student's t with that many degrees of freedom. */
export function tTail(t: number, degrees: number): number {
  return incompleteBeta(degrees / (degrees + t * t), degrees / 2, 0.5);
}

/** The t whose two-sided tail is 5%, by bisection; NaN without a degree of freedom. */
export function tQuantile(degrees: number): number {
  if (degrees < 1) return NaN;
  let low = 0;
  let high = 700;
  for (let i = 0; i < 80; i++) {
    const middle = (low + high) / 2;
    if (tTail(middle, degrees) > 0.05) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** The regularised incomplete beta function I_x(a, b), by its continued fraction (Press et al., Numerical Recipes, 6.4). */
function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a);
  const front = exp(a * log(x) + b * log(1 - x) + logGamma(a + b) - logGamma(a) - logGamma(b)) / a;
  // Lentz's method: numerator and denominator of the fraction, kept away from 0
  const away = (value: number): number => (Math.abs(value) < 1e-300 ? 1e-300 : value);
  let c = 1;
  let d = 1 / away(1 - ((a + b) * x) / (a + 1));
  let fraction = d;
  for (let m = 1; m < 300; m++) {
    for (const term of [
      (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m)),
      (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1)),
    ]) {
      d = 1 / away(1 + term * d);
      c = away(1 + term / c);
      fraction *= c * d;
    }
    if (Math.abs(c * d - 1) < 1e-15) break;
  }
  return front * fraction;
}

/** Log of the gamma function for x > 0: Stirling's series after shifting x above 10. */
function logGamma(x: number): number {
  let shift = 0;
  let z = x;
  while (z < 10) shift -= log(z++);
  const s = 1 / (z * z);
  const series = (1 / 12 - s * (1 / 360 - s * (1 / 1260 - s * (1 / 1680 - s / 1188)))) / z;
  return shift + (z - 0.5) * log(z) - z + 0.9189385332046727 + series;
}
