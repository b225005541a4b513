/** Speeds out of short slices. The clock is given; a slice is long enough for a coarse one. */

export interface Clock {
  /** Milliseconds. */
  now(): number;
  /** Resolves after messages that wait have been heard. */
  pause(): Promise<void>;
}

export interface Rate {
  /** Runs a second by the lower quartile of the slices' times, which a processor that others use too disturbs least. */
  quartile: number;
  /** Runs a second by the median. */
  median: number;
  slices: number;
}

/** Linear between neighbours; NaN of nothing. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = q * (sorted.length - 1);
  const below = sorted[Math.floor(at)] ?? NaN;
  const above = sorted[Math.ceil(at)] ?? NaN;
  return below + (above - below) * (at - Math.floor(at));
}

const SLICE_MS = 40;
/** Most runs that a slice holds. */
const MOST = 256;
const LEAST_SLICES = 4;

/**
 * `run` makes that many runs and resolves when they are done. Once unmeasured, then in slices for about `seconds`, and at least
 * four of them. Null where the clock is so coarse that slices take no time by it.
 */
export async function measureRate(
  run: (count: number) => Promise<unknown>,
  seconds: number,
  clock: Clock,
): Promise<Rate | null> {
  const timed = async (runs: number): Promise<number> => {
    await clock.pause();
    const start = clock.now();
    await run(runs);
    return clock.now() - start;
  };
  await run(1);
  let count = 1;
  const short = async (): Promise<boolean> => (await timed(count)) < SLICE_MS / 2;
  // asked twice: a processor that is taken away for a moment makes any slice long
  while (count < MOST && ((await short()) || (await short()))) count *= 2;
  const times: number[] = [];
  const end = clock.now() + 1000 * seconds;
  while (times.length < LEAST_SLICES || clock.now() < end) times.push((await timed(count)) / count);
  const [quartile, median] = [0.25, 0.5].map((q) => 1000 / quantile(times, q)) as [number, number];
  return Number.isFinite(quartile) ? { quartile, median, slices: times.length } : null;
}
