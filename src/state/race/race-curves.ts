/** The curves of a race: one line and one band an arm. Pure functions over runs as far as they have come. */
import { bandOf, type Band, type Series } from '../../charts/bands.ts';
import { trailingMean } from '../../charts/line.ts';
import type { StepMetrics } from '../../metrics/metrics.ts';
import type { Evaluation } from '../../runs/views.ts';
import type { RaceRun } from './race-run.ts';

const MOST_POINTS = 160;

/** A step's metrics are those of one batch: they are averaged over this many steps before they are drawn. */
export function calmSteps(steps: number): number {
  return Math.max(1, Math.ceil(steps / 12));
}

export function trained(key: Exclude<keyof StepMetrics, 'step'>): (run: RaceRun) => Series {
  return ({ metrics, recipe }) => {
    const { steps } = recipe.loop;
    const every = Math.ceil(steps / MOST_POINTS);
    const calm = trailingMean(
      metrics.map((row) => row[key]),
      calmSteps(steps),
    );
    const kept = metrics.flatMap(({ step }, i) => (step % every === 0 || step === steps ? [i] : []));
    return {
      steps: kept.map((i) => (metrics[i] as StepMetrics).step),
      values: kept.map((i) => calm[i] as number),
    };
  };
}

export function evaluated(read: (evaluation: Evaluation) => number | undefined): (run: RaceRun) => Series {
  return ({ evaluations }) => ({
    steps: evaluations.map(({ step }) => step),
    values: evaluations.map((evaluation) => read(evaluation) ?? NaN),
  });
}

/** Over the seeds that an arm has finished; before there is one, over the one that is the furthest. */
export function armBand(runs: readonly RaceRun[], arm: string, series: (run: RaceRun) => Series): Band {
  const own = runs.filter((run) => run.arm === arm);
  const done = own.filter(({ state }) => state === 'done');
  const furthest = own.reduce<RaceRun[]>(
    ([best], run) => (best && best.step >= run.step ? [best] : [run]),
    [],
  );
  return bandOf((done.length > 0 ? done : furthest).map(series));
}
