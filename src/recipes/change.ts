/** A recipe with one thing changed, checked again as a whole. */
import type { Checked } from '../base/errors.ts';
import type { Label } from '../labelers/labeler.ts';
import type { Recipe } from './schema.ts';
import { checkRecipe } from './schema.ts';

/** `path` with dots, as in issues: `optimiser.lr`, `objective.parameters.beta`. A path that is not there is an issue. */
export function changeNumber(recipe: Recipe, path: string, value: number): Checked<Recipe> {
  const keys = path.split('.');
  const changed: Record<string, unknown> = structuredClone(recipe);
  let at = changed;
  for (const key of keys.slice(0, -1)) {
    const inside = Object.hasOwn(at, key) ? at[key] : undefined;
    if (typeof inside !== 'object' || inside === null) return unknownPath(path);
    at = inside as Record<string, unknown>;
  }
  const last = keys.at(-1) as string;
  if (!Object.hasOwn(at, last) || typeof at[last] !== 'number') return unknownPath(path);
  at[last] = value;
  return checkRecipe(changed);
}

/** Another objective, or another formula: what stands in a recipe under `objective`. */
export function changeObjective(recipe: Recipe, objective: unknown): Checked<Recipe> {
  return checkRecipe({ ...recipe, objective });
}

/** Another loop: what stands in a recipe under `loop`. */
export function changeLoop(recipe: Recipe, loop: unknown): Checked<Recipe> {
  return checkRecipe({ ...recipe, loop });
}

export function changeLabels(
  recipe: Recipe,
  labels: { recorded: Label[]; count: number; noise: number; rule: string },
): Checked<Recipe> {
  return checkRecipe({ ...recipe, labels: { ...recipe.labels, ...labels } });
}

function unknownPath(path: string): Checked<Recipe> {
  const cure = 'Use a path such as optimiser.lr.';
  const issue = {
    code: 'recipe/unknown-path',
    at: path,
    expected: 'the path of a number in the recipe',
    received: path,
    cure,
  };
  return { ok: false, issues: [issue] };
}
