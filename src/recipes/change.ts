/** A recipe with one thing changed, checked again as a whole. */
import type { Checked } from '../base/errors.ts';
import type { Label } from '../labelers/labeler.ts';
import type { CheckedRecipe } from './check.ts';
import { recheckRecipe } from './check.ts';

/** `path` with dots, as in issues: `optimiser.lr`, `objective.parameters.beta`. A path that is not there is an issue. */
export function changeNumber(before: CheckedRecipe, path: string, value: number): Checked<CheckedRecipe> {
  const keys = path.split('.');
  const changed: Record<string, unknown> = structuredClone(before.recipe);
  let at = changed;
  for (const key of keys.slice(0, -1)) {
    const inside = Object.hasOwn(at, key) ? at[key] : undefined;
    if (typeof inside !== 'object' || inside === null) return unknownPath(path);
    at = inside as Record<string, unknown>;
  }
  const last = keys.at(-1) as string;
  if (!Object.hasOwn(at, last) || typeof at[last] !== 'number') return unknownPath(path);
  at[last] = value;
  return recheckRecipe(before, changed);
}

/** Another objective, or another formula: what stands in a recipe under `objective`. */
export function changeObjective(before: CheckedRecipe, objective: unknown): Checked<CheckedRecipe> {
  return recheckRecipe(before, { ...before.recipe, objective });
}

/** Another loop: what stands in a recipe under `loop`. */
export function changeLoop(before: CheckedRecipe, loop: unknown): Checked<CheckedRecipe> {
  return recheckRecipe(before, { ...before.recipe, loop });
}

export function changeLabels(
  before: CheckedRecipe,
  labels: { recorded: Label[]; count: number; noise: number; rule: string },
): Checked<CheckedRecipe> {
  const { recipe } = before;
  return recheckRecipe(before, { ...recipe, labels: { ...recipe.labels, ...labels } });
}

function unknownPath(path: string): Checked<CheckedRecipe> {
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
