/** How many updates fit into a slice, from how long the last ones took. Times only; they change no result. */

/** A slice aims at this long, so that messages are heard and the page stays smooth. */
const SLICE_MS = 12;
const MOST_STEPS = 32;
/** Slices that the speed shown rests on. */
const KEPT = 40;

export interface Pace {
  nextSlice(): number;
  record(steps: number, ms: number): void;
  /** From the lower quartile of the last slices' times a step: a stolen processor does not show. Null before the first. */
  stepsPerSecond(): number | null;
}

export function createPace(): Pace {
  const perStep: number[] = [];
  const quartile = (): number | null => {
    const sorted = [...perStep].sort((a, b) => a - b);
    return sorted[Math.floor(sorted.length / 4)] ?? null;
  };
  return {
    nextSlice: () => {
      const ms = quartile();
      return ms === null ? 1 : Math.max(1, Math.min(MOST_STEPS, Math.floor(SLICE_MS / Math.max(ms, 0.01))));
    },
    record: (steps, ms) => {
      perStep.push(ms / steps);
      if (perStep.length > KEPT) perStep.shift();
    },
    stepsPerSecond: () => {
      const ms = quartile();
      return ms === null || ms === 0 ? null : 1000 / ms;
    },
  };
}
