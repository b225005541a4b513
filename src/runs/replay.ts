/** A story told again: the one way from a shared story to its bits, for the command line, the page and every test. */
import { StateError } from '../base/errors.ts';
import { recheckRecipe, sureOf } from '../recipes/check.ts';
import type { StepMetrics } from '../metrics/metrics.ts';
import type { Run } from './runner.ts';
import type { Change, Story } from './story.ts';

/** Steps of a slice where the caller asks for no other. */
const SLICE = 20;

/** A story that is being told. */
export interface Tale {
  /** Still to come. */
  changes: readonly Change[];
  /** Updates in all. */
  steps: number;
}

/**
 * Makes the change that is due at the run's step, and takes it off the tale. `until`: the step up to which all updates are
 * then made under one recipe.
 */
export async function tellOn(
  run: Pick<Run, 'step' | 'checked' | 'setRecipe'>,
  tale: Tale,
): Promise<{ changed: boolean; until: number }> {
  const [next, ...others] = tale.changes;
  const changed = next?.step === run.step;
  if (changed) {
    await run.setRecipe(sureOf(recheckRecipe(run.checked, next.recipe)));
    tale.changes = others;
  }
  return { changed, until: Math.min(tale.steps, tale.changes[0]?.step ?? Infinity) };
}

/**
 * Makes the story's updates up to `steps` on a run that stands at step 0 under the story's first recipe, and gives the rows slice
 * by slice. `until`: the step after which the slice that starts at `step` ends at the latest; where slices end changes
 * no bit. Ends early where there is nothing to learn from, or where rounds have come to their end.
 */
export async function* replay(
  run: Run,
  { changes }: Story,
  steps: number,
  until: (step: number) => number = (step) => step + SLICE,
): AsyncGenerator<StepMetrics[], void> {
  if (run.step !== 0) throw new StateError('a story is told from step 0; reset the run first.');
  const tale: Tale = { changes, steps };
  for (;;) {
    const { until: end } = await tellOn(run, tale);
    if (run.step >= steps || run.ended || run.obstacle !== null) return;
    yield await run.advance(Math.min(end, Math.max(run.step + 1, until(run.step))) - run.step);
  }
}
