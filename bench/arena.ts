/** The memory of a real run: everything that the Lab loads for the micro model and 200 labels. */
import type { Device } from '../src/engine/backend.ts';
import { lmConfig } from '../src/models/lm/config.ts';
import { initialParameters } from '../src/models/lm/initialise.ts';
import { openRun } from '../src/runs/runner.ts';
import { checkRecipe, sureOf } from '../src/recipes/check.ts';
import { RECIPE_VERSION } from '../src/recipes/schema.ts';
import { builtInWorld, worldsOf } from '../src/worlds/index.ts';

export async function labArenaBytes(device: Device): Promise<number> {
  const world = await builtInWorld('reviews');
  const labels = { rule: world.rules[0]?.name, count: 200 };
  const recipe = sureOf(checkRecipe({ version: RECIPE_VERSION, world: world.name, labels }, worldsOf(world)));
  const config = lmConfig('micro', world.words.length, world.context);
  await openRun(recipe, device, config, initialParameters(config, 1));
  const bytes = device.arenaBytes;
  device.dispose();
  return bytes;
}
