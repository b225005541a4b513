/** The world that tests are about, here at once, and recipes checked in it. */
import type { Checked } from '../../src/base/errors.ts';
import type { CheckedRecipe } from '../../src/recipes/check.ts';
import { checkRecipe as check, defaultRecipe as ofDefaults } from '../../src/recipes/check.ts';
import type { Trained } from '../../src/recipes/objective.ts';
import type { Worlds } from '../../src/worlds/index.ts';
import { worldsOf } from '../../src/worlds/index.ts';
import { world as reviews } from '../../src/worlds/reviews/index.ts';
import type { GrammarWorld } from '../../src/worlds/world.ts';

export const WORLDS: Worlds = worldsOf(reviews);

export function worldNamed(name: string): GrammarWorld {
  if (name === reviews.name) return reviews;
  throw new Error(`these tests know no world ${name}`);
}

export const checkRecipe = (input: unknown, trained?: Trained, worlds = WORLDS): Checked<CheckedRecipe> =>
  check(input, worlds, trained);

/** A recipe that is right, or the test fails. */
export function recipeOf(input: unknown, trained?: Trained, worlds = WORLDS): CheckedRecipe {
  const checked = check(input, worlds, trained);
  if (!checked.ok) throw new Error(JSON.stringify(checked.issues));
  return checked.value;
}

export const defaultRecipe = (name: string): CheckedRecipe => ofDefaults(worldNamed(name));
