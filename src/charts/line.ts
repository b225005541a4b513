/** Geometry of small line charts: pure functions from numbers to numbers and path texts. */

export interface Point {
  x: number;
  y: number;
}

export type Domain = readonly [number, number];

/** A range that holds all finite values of all lists, with a little air; never empty. */
export function domainOf(...lists: (readonly number[])[]): Domain {
  let low = Infinity;
  let high = -Infinity;
  for (const values of lists) {
    for (const value of values) {
      if (!Number.isFinite(value)) continue;
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  }
  if (low > high) return [0, 1];
  const air = high > low ? (high - low) * 0.06 : Math.max(Math.abs(high) * 0.1, 0.1);
  return [low - air, high + air];
}

/** Two to four round values inside the domain. */
export function ticks([low, high]: Domain): number[] {
  const rough = (high - low) / 3;
  const power = 10 ** Math.floor(Math.log10(rough));
  const unit = [1, 2, 5, 10].map((m) => m * power).find((step) => step >= rough) ?? power * 10;
  const result: number[] = [];
  for (let i = Math.ceil(low / unit); i * unit <= high; i++) result.push(i * unit);
  return result;
}

export function scale([low, high]: Domain, from: number, to: number): (value: number) => number {
  return (value) => from + ((value - low) / (high - low)) * (to - from);
}

/** At most `most` points: each stands for the mean of its neighbours. */
export function thin(steps: readonly number[], values: readonly number[], most: number): Point[] {
  const width = Math.max(1, Math.ceil(steps.length / Math.max(1, most)));
  const points: Point[] = [];
  for (let start = 0; start < steps.length; start += width) {
    const end = Math.min(steps.length, start + width);
    let sum = 0;
    let known = 0;
    for (let i = start; i < end; i++) {
      const value = values[i] as number;
      if (!Number.isFinite(value)) continue;
      sum += value;
      known++;
    }
    points.push({ x: steps[Math.floor((start + end - 1) / 2)] as number, y: sum / known });
  }
  return points;
}

/**
 * Mean over the last `window` values up to each: calmer than the values, and never ahead of them. What is not a number
 * (a batch without a decided pair) does not count.
 */
export function trailingMean(values: readonly number[], window: number): number[] {
  let sum = 0;
  let known = 0;
  const count = (value: number, sign: 1 | -1): void => {
    if (!Number.isFinite(value)) return;
    sum += sign * value;
    known += sign;
  };
  return values.map((value, i) => {
    count(value, 1);
    if (i >= window) count(values[i - window] as number, -1);
    return known === 0 ? NaN : sum / known;
  });
}

export function path(points: readonly Point[]): string {
  let text = '';
  let pen = 'M';
  for (const { x, y } of points) {
    if (!Number.isFinite(y)) {
      pen = 'M';
      continue;
    }
    text += `${pen}${x.toFixed(1)} ${y.toFixed(1)}`;
    pen = 'L';
  }
  return text;
}

/** Moves labels apart that would overlap, keeping their order; `gap` in pixels. */
export function apart(places: readonly number[], gap: number, low: number, high: number): number[] {
  const order = places.map((_, i) => i).sort((i, j) => (places[i] as number) - (places[j] as number));
  const result = [...places];
  let floor = low;
  for (const i of order) {
    result[i] = Math.max(floor, result[i] as number);
    floor = result[i] + gap;
  }
  let ceiling = high;
  for (const i of order.reverse()) {
    result[i] = Math.min(ceiling, result[i] as number);
    ceiling = result[i] - gap;
  }
  return result;
}

/** Index of the step nearest to `step` in an ascending list, of two the later; -1 for an empty one. */
export function nearest(steps: readonly number[], step: number): number {
  let [from, to] = [0, steps.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((steps[middle] as number) <= step) from = middle + 1;
    else to = middle;
  }
  const [before, after] = [steps[from - 1] ?? -Infinity, steps[from] ?? Infinity];
  return after - step <= step - before && from < steps.length ? from : from - 1;
}
