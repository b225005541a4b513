/** The parameters that a recipe's run starts from. */
import { CheckpointError } from '../base/errors.ts';
import type { LmConfig } from '../models/lm/config.ts';
import { lmConfig } from '../models/lm/config.ts';
import { initialParameters } from '../models/lm/initialise.ts';
import type { World } from '../worlds/world.ts';
import type { Recipe } from './schema.ts';

export interface Base {
  config: LmConfig;
  /** The flat block [P]. */
  parameters: Float32Array;
}

/** `load` fetches the world's base checkpoint of a size; it is not called for a fresh start. */
export async function baseOf(
  recipe: Recipe,
  world: World,
  load: (world: string, size: string) => Promise<Base>,
): Promise<Base> {
  const { size, start } = recipe.model;
  const config = lmConfig(size, world.words.length, world.context);
  if (start === 'fresh') return { config, parameters: initialParameters(config, recipe.seed) };
  const base = await load(world.name, size);
  const differing = (Object.keys(config) as (keyof LmConfig)[]).find(
    (key) => base.config[key] !== config[key],
  );
  if (differing !== undefined) {
    const [expected, received] = [config[differing], base.config[differing]];
    throw new CheckpointError(
      `checkpoint ${world.name}-${size}: expected ${differing} ${expected}, received ${received}. Rebuild it: npm run pretrain -- ${world.name}`,
    );
  }
  return base;
}
