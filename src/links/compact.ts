/**
 * A recipe without what its defaults say, and back. The defaults are the schema's own; those of version 1 are pinned by
 * tests/fixtures/link-defaults-1.json, so that a link means tomorrow what it means today.
 */
import * as v from 'valibot';
import type { Checked } from '../base/errors.ts';
import { defaultsOf } from '../base/parameters.ts';
import { sameValue } from '../base/same.ts';
import type { CheckedRecipe } from '../recipes/check.ts';
import { checkRecipe } from '../recipes/check.ts';
import { parametersOf } from '../recipes/objective.ts';
import type { Recipe } from '../recipes/schema.ts';
import { RECIPE_VERSION, recipeSchema } from '../recipes/schema.ts';
import type { Worlds } from '../worlds/index.ts';
import type { World } from '../worlds/world.ts';
import { tellable } from './issues.ts';

export type Plain = Record<string, unknown>;

export const isPlain = (value: unknown): value is Plain =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What the defaults are of: the rule of a recipe that names none is the first of its world. */
export type DefaultsOf = Pick<World, 'rules'>;

const usualRule = ({ rules }: DefaultsOf): string | undefined => rules[0]?.name;

/** Recorded labels are left out as well: they are packed apart. */
export function compactRecipe({ version: _version, ...recipe }: Recipe, defaults: DefaultsOf): Plain {
  const { world, labels, objective, ...rest } = recipe;
  const base = v.parse(recipeSchema, {
    version: RECIPE_VERSION,
    world,
    labels: { rule: usualRule(defaults) },
  });
  const { recorded: _recorded, ...others } = labels;
  const parts = withoutDefaults({ labels: others, ...rest }, base);
  const loss = compactObjective(objective);
  return { world, ...parts, ...(Object.keys(loss).length > 0 ? { objective: loss } : {}) };
}

export function compactObjective(objective: Recipe['objective']): Plain {
  const parameters = defaultsOf(parametersOf({ ...objective, own: {} }));
  const base = v.parse(recipeSchema.entries.objective, undefined);
  return withoutDefaults(objective, { ...base, parameters });
}

/** What of a value differs from the defaults; objects in which nothing does are left out. */
function withoutDefaults(value: Plain, defaults: Plain): Plain {
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, one]) => {
      const usual = defaults[key];
      if (sameValue(one, usual)) return [];
      return [[key, isPlain(one) && isPlain(usual) ? withoutDefaults(one, usual) : one]];
    }),
  );
}

/** The recipe with the defaults filled in and no recorded labels, or what is wrong with it. */
export function expandRecipe(compact: Plain, worlds: Worlds, within: string): Checked<CheckedRecipe> {
  const { labels, world } = compact;
  const known = typeof world === 'string' ? worlds.get(world) : undefined;
  // of a world that is not here nothing else can be said
  if (typeof world === 'string' && known === undefined)
    return checked({ version: RECIPE_VERSION, world }, worlds, within);
  const input = {
    version: RECIPE_VERSION,
    ...compact,
    ...(isPlain(labels) ? { labels: { rule: known && usualRule(known), ...labels } } : {}),
  };
  return checked(input, worlds, within);
}

/** `checkRecipe` with the place of the recipe in the link, and texts that are safe to show. */
export function checked(input: unknown, worlds: Worlds, within: string): Checked<CheckedRecipe> {
  const result = checkRecipe(input, worlds);
  return result.ok ? result : { ok: false, issues: tellable(result.issues, within) };
}
