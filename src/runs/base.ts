/** The parameters that a recipe's run starts from. */
import { CheckpointError, InvalidInputError } from '../base/errors.ts';
import type { LmConfig } from '../models/lm/config.ts';
import { lmConfig, parameterCount } from '../models/lm/config.ts';
import { initialParameters } from '../models/lm/initialise.ts';
import type { CheckedRecipe } from '../recipes/check.ts';
import type { BroughtModel } from './given.ts';
import type { Recipe } from '../recipes/schema.ts';

export interface Base {
  config: LmConfig;
  /** The flat block [P]. */
  parameters: Float32Array;
}

/** Where models come from that a run starts from. */
export interface BaseSource {
  /** Fetches a world's base checkpoint of a size; called for no other start. */
  load(world: string, size: string): Promise<Base>;
  /** The model that was brought, if one was. */
  given?: BroughtModel | undefined;
}

/** Throws InvalidInputError where the recipe starts from a model that is not the one brought, or that has another size. */
export async function baseOf(
  { recipe, world }: Pick<CheckedRecipe, 'recipe' | 'world'>,
  { load, given }: BaseSource,
): Promise<Base> {
  const { size, start } = recipe.model;
  const config = lmConfig(size, world.words.length, world.context);
  if (start === 'fresh') return { config, parameters: initialParameters(config, recipe.seed) };
  if (start === 'given')
    return { config, parameters: givenParameters(recipe, given, parameterCount(config)) };
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

function givenParameters(
  { model, world }: Recipe,
  given: BroughtModel | undefined,
  count: number,
): Float32Array {
  const name = model.digest as string; // the schema asks for it with this start
  const parameters = given?.digest === name ? given.parameters : undefined;
  if (parameters?.length === count) return parameters;
  const missing = {
    code: 'recipe/model-not-here',
    at: 'model.digest',
    expected: 'a model that is open here',
    received: name,
    cure: `Open the folder with digest ${name} under “Take it with you” first, or name it with --model on the command line.`,
  };
  const unlike = {
    code: 'recipe/model-unlike',
    at: 'model.size',
    expected: `a model of ${count} parameters, as ${world}-${model.size} has`,
    received: `${parameters?.length} parameters under ${name}`,
    cure: 'Choose the size and the world of that model.',
  };
  throw new InvalidInputError([parameters ? unlike : missing]);
}
