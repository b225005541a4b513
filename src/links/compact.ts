/**
 * A recipe without what its defaults say, and back. The defaults are the schema's own; those of version 1 are pinned by
 * tests/fixtures/link-defaults-1.json, so that a link means tomorrow what it means today.
 */
import type { Checked } from '../base/errors.ts';
import { defaultsOf } from '../base/parameters.ts';
import { worlds } from '../worlds/index.ts';
import { parametersOf } from '../recipes/objective.ts';
import type { Recipe } from '../recipes/schema.ts';
import { checkRecipe, defaultRecipe, RECIPE_VERSION } from '../recipes/schema.ts';
import { tellable } from './issues.ts';

export type Plain = Record<string, unknown>;

export const isPlain = (value: unknown): value is Plain =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Recorded labels are left out as well: they are packed apart. */
export function compactRecipe({ version: _version, ...recipe }: Recipe): Plain {
  const { world, labels, objective, ...rest } = recipe;
  const base = defaultRecipe(world);
  const { recorded: _recorded, ...others } = labels;
  const parts = withoutDefaults({ labels: others, ...rest }, base);
  const loss = compactObjective(objective);
  return { world, ...parts, ...(Object.keys(loss).length > 0 ? { objective: loss } : {}) };
}

export function compactObjective(objective: Recipe['objective']): Plain {
  const parameters = defaultsOf(parametersOf({ ...objective, own: {} }));
  const base = defaultRecipe(firstWorld()).objective;
  return withoutDefaults(objective, { ...base, parameters });
}

const firstWorld = (): string => [...worlds.keys()][0] as string;

/** What of a value differs from the defaults; objects in which nothing does are left out. */
function withoutDefaults(value: Plain, defaults: Plain): Plain {
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, one]) => {
      const usual = defaults[key];
      if (JSON.stringify(one) === JSON.stringify(usual)) return [];
      return [[key, isPlain(one) && isPlain(usual) ? withoutDefaults(one, usual) : one]];
    }),
  );
}

/** The checked recipe with the defaults filled in and no recorded labels, or what is wrong with it. */
export function expandRecipe(compact: Plain, within: string): Checked<Recipe> {
  const { labels, world } = compact;
  const rule = typeof world === 'string' ? worlds.get(world)?.rules[0]?.name : undefined;
  // of a world that is not here nothing else can be said
  if (typeof world === 'string' && rule === undefined)
    return checked({ version: RECIPE_VERSION, world }, within);
  const input = {
    version: RECIPE_VERSION,
    ...compact,
    ...(isPlain(labels) ? { labels: { rule, ...labels } } : {}),
  };
  return checked(input, within);
}

/** `checkRecipe` with the place of the recipe in the link, and texts that are safe to show. */
export function checked(input: unknown, within: string): Checked<Recipe> {
  const result = checkRecipe(input);
  return result.ok ? result : { ok: false, issues: tellable(result.issues, within) };
}
