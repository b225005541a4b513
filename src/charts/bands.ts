/** Several runs of one thing as a line and a band: the mean over the runs, and the smallest to the largest. */

export interface Series {
  steps: readonly number[];
  values: readonly number[];
}

export interface Band {
  steps: number[];
  mean: number[];
  low: number[];
  high: number[];
}

/** At each step, over the runs that have a finite value there. */
export function bandOf(runs: readonly Series[]): Band {
  const byStep = new Map<number, number[]>();
  for (const { steps, values } of runs) {
    steps.forEach((step, i) => {
      const value = values[i] as number;
      if (!Number.isFinite(value)) return;
      const there = byStep.get(step);
      if (there) there.push(value);
      else byStep.set(step, [value]);
    });
  }
  const steps = [...byStep.keys()].sort((a, b) => a - b);
  const lists = steps.map((step) => byStep.get(step) as number[]);
  return {
    steps,
    mean: lists.map((list) => list.reduce((sum, value) => sum + value, 0) / list.length),
    low: lists.map((list) => Math.min(...list)),
    high: lists.map((list) => Math.max(...list)),
  };
}

/** Arms are told apart by colour, by dashes and by their names at the lines' ends: `--arm-1` to `--arm-6`. */
export const DASHES = ['none', '7 3', '2 2.5', '10 3 2 3', '4 2', '10 2.5 2 2.5 2 2.5'] as const;
