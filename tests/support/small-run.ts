/** Recipes small enough for every backend, and everything that runs of them compute, as one comparable value. */
import { digest } from '../../src/base/digest.ts';
import type { Device } from '../../src/engine/backend.ts';
import { lmConfig } from '../../src/models/lm/config.ts';
import { initialParameters } from '../../src/models/lm/initialise.ts';
import { POLICY } from '../../src/models/lm/programs.ts';
import { observe } from '../../src/runs/observe.ts';
import type { Run } from '../../src/runs/runner.ts';
import { openRun } from '../../src/runs/runner.ts';
import type { CheckedRecipe } from '../../src/recipes/check.ts';
import type { Recipe } from '../../src/recipes/schema.ts';
import { recipeOf } from './worlds.ts';

/** A nano policy that starts from fresh parameters: needs no checkpoint. */
export const smallRecipe = (changes: object = {}): Recipe => smallChecked(changes).recipe;

/** The same as it was checked: what runs and their changes take. */
export const smallChecked = (changes: object = {}): CheckedRecipe =>
  recipeOf({
    version: 1,
    world: 'reviews',
    model: { size: 'nano', start: 'fresh' },
    labels: { rule: 'positive', count: 24 },
    loop: { steps: 12, batch: 4, evaluate_every: 4 },
    seed: 5,
    ...changes,
  });

export async function openSmallRun(device: Device, recipe = smallRecipe()): Promise<Run> {
  const checked = recipeOf(recipe);
  const { world } = checked;
  const config = lmConfig(recipe.model.size, world.words.length, world.context);
  return openRun(checked, device, config, initialParameters(config, recipe.seed));
}

export async function parametersDigest(run: Run): Promise<string> {
  const values = Float32Array.from(await run.device.read(POLICY));
  return digest(new Uint8Array(values.buffer));
}

/** Metrics, evaluation, ranking, samples and final parameters of the small run, in slices of the given lengths. */
export async function wholeSmallRun(device: Device, slices: readonly number[] = [12]): Promise<object> {
  const run = await openSmallRun(device);
  const metrics = [];
  for (const count of slices) metrics.push(...(await run.advance(count)));
  const observer = await observe(run, 'phone-1');
  return {
    metrics,
    observed: await observer.evaluate(),
    samples: await observer.samples(),
    parameters: await parametersDigest(run),
  };
}

/** Size and batch of a real run: with more rows than words, the update takes the decoder's way of projecting each word once. */
export const LARGE_BATCH = smallRecipe({
  model: { size: 'micro', start: 'fresh' },
  loop: { steps: 2, batch: 16, evaluate_every: 2 },
});

export async function largeBatchRun(device: Device): Promise<object> {
  const run = await openSmallRun(device, LARGE_BATCH);
  return { metrics: await run.advance(LARGE_BATCH.loop.steps), parameters: await parametersDigest(run) };
}

/** What tests/fixtures/small-run.json holds; each run on a device of its own. */
export async function pinnedRuns(open: () => Promise<Device>): Promise<object> {
  return { ...(await wholeSmallRun(await open())), largeBatch: await largeBatchRun(await open()) };
}
