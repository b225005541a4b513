/** A story told again: the one way from a shared story to its bits, for the command line, the page and every test. */
import { StateError } from '../base/errors.ts';
import { recheckRecipe, sureOf } from '../recipes/check.ts';
import type { StepMetrics } from '../metrics/metrics.ts';
import type { Run } from './runner.ts';
import type { Story } from './story.ts';

/** Steps of a slice where the caller asks for no other. */
const SLICE = 20;

/**
 * Makes the story's updates up to `steps` on a run that stands at step 0 under the story's first recipe, and gives the rows slice
 * by slice. `until`: the step after which the slice that starts at `step` ends at the latest; where slices end changes
 * no bit. Ends early where there is nothing to learn from.
 */
export async function* replay(
  run: Run,
  { changes }: Story,
  steps: number,
  until: (step: number) => number = (step) => step + SLICE,
): AsyncGenerator<StepMetrics[], void> {
  if (run.step !== 0) throw new StateError('a story is told from step 0; reset the run first.');
  let next = 0;
  for (;;) {
    const change = changes[next];
    if (change?.step === run.step) {
      await run.setRecipe(sureOf(recheckRecipe(run.checked, change.recipe)));
      next++;
      continue;
    }
    if (run.step >= steps || run.obstacle !== null) return;
    const end = Math.min(steps, change?.step ?? steps, Math.max(run.step + 1, until(run.step)));
    yield await run.advance(end - run.step);
  }
}
