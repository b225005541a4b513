/** One run of a race as the page follows it. */
import type { ErrorData } from '../../base/errors.ts';
import type { BackendName } from '../../engine/backend.ts';
import type { StepMetrics } from '../../metrics/metrics.ts';
import type { ArmResult } from '../../runs/race/race.ts';
import type { Recipe } from '../../recipes/schema.ts';
import type { Evaluation, Ranking, Samples } from '../../runs/views.ts';

export type RunState = 'waiting' | 'running' | 'done' | 'failed';

/** One arm under one seed, as far as it has come. */
export interface RaceRun {
  arm: string;
  seed: number;
  recipe: Recipe;
  state: RunState;
  step: number;
  metrics: StepMetrics[];
  evaluations: Evaluation[];
  ranking: Ranking | null;
  samples: Samples | null;
  error: ErrorData | null;
  /** What trained it; null before the end. */
  backend: BackendName | null;
}

export const unstarted = (): Omit<RaceRun, 'arm' | 'seed' | 'recipe'> => ({
  state: 'waiting',
  step: 0,
  metrics: [],
  evaluations: [],
  ranking: null,
  samples: null,
  error: null,
  backend: null,
});

export function resultOf({ arm, seed, state, metrics, evaluations, samples }: RaceRun): ArmResult[] {
  return state === 'done' && samples ? [{ arm, seed, metrics, evaluations, samples }] : [];
}
