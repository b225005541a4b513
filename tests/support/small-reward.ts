/** Reward runs small enough for every backend, and everything that they compute as one comparable value. */
import { digest } from '../../src/base/digest.ts';
import type { Device } from '../../src/engine/backend.ts';
import { lmConfig } from '../../src/models/lm/config.ts';
import { initialParameters } from '../../src/models/lm/initialise.ts';
import { observeReward } from '../../src/runs/reward/observe.ts';
import type { RewardRun } from '../../src/runs/reward/run.ts';
import { openRewardRun } from '../../src/runs/reward/run.ts';
import type { Recipe } from '../../src/recipes/schema.ts';
import { recipeOf } from './worlds.ts';

/** A nano reward model that starts from fresh parameters: needs no checkpoint. */
export const smallRewardRecipe = (changes: object = {}): Recipe =>
  recipeOf(
    {
      version: 1,
      world: 'reviews',
      model: { size: 'nano', start: 'fresh' },
      labels: { rule: 'positive', count: 24 },
      objective: { name: 'bradley_terry' },
      loop: { steps: 12, batch: 4, evaluate_every: 4 },
      optimiser: { lr: 1e-3 },
      seed: 5,
      ...changes,
    },
    'reward',
  ).recipe;

export async function openSmallReward(device: Device, recipe = smallRewardRecipe()): Promise<RewardRun> {
  const checked = recipeOf(recipe, 'reward');
  const { world } = checked;
  const config = lmConfig(recipe.model.size, world.words.length, world.context);
  return openRewardRun(checked, device, config, initialParameters(config, recipe.seed));
}

/** Metrics, measures and final parameters of the small run: what tests/fixtures/small-reward.json holds. */
export async function wholeSmallReward(device: Device): Promise<object> {
  const run = await openSmallReward(device);
  const metrics = await run.advance(12);
  const observer = await observeReward(run);
  const measures = JSON.stringify([await observer.evaluate(), await observer.audit()]);
  return {
    metrics,
    measures: digest(new TextEncoder().encode(measures)),
    parameters: await run.digest(),
  };
}
