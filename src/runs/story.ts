/** A run as it was really trained: the recipe that it started from, and every other that it went on under. */
import type { Recipe } from '../recipes/schema.ts';

/** Most changes that a story keeps; a run changed more often can't be told again. */
export const MOST_CHANGES = 200;

export interface Change {
  /** Updates made before it. */
  step: number;
  recipe: Recipe;
}

/** Told again from step 0 on WASM, it gives the same bits. Steps of the changes rise, from 1 on. */
export interface Story {
  recipe: Recipe;
  changes: readonly Change[];
}

export const storyOf = (recipe: Recipe): Story => ({ recipe, changes: [] });

/** The story with another recipe from after `step` updates on; what was to come after that step is forgotten. */
export function changedAt({ recipe, changes }: Story, step: number, next: Recipe): Story {
  if (step === 0) return storyOf(next);
  return { recipe, changes: [...changes.filter((change) => change.step < step), { step, recipe: next }] };
}

/** The recipe under which the update after `step` updates is made. */
export function recipeAt({ recipe, changes }: Story, step: number): Recipe {
  return changes.findLast((change) => change.step <= step)?.recipe ?? recipe;
}

/** The recipe that the story ends under. */
export const lastRecipe = (story: Story): Recipe => story.changes.at(-1)?.recipe ?? story.recipe;
