/** What a recipe sets on the page: its numbers, and its labels as acts of the visitor. Loads lazily. */
import { sameValue } from '../../base/same.ts';
import { NO_OPTIONS } from '../../objectives/options.ts';
import { parametersOf } from '../../recipes/objective.ts';
import type { Recipe } from '../../recipes/schema.ts';
import type { LabelAct } from '../../storage/events.ts';
import type { LossChoice, SettingsTaken, Start } from './settings.svelte.ts';
import { NUMBERS, SWITCHES } from './settings.svelte.ts';

export function settingsOf(recipe: Recipe): SettingsTaken {
  const at = (path: string): unknown => {
    const [part = '', key] = path.split('.');
    const value = recipe[part as keyof Recipe];
    return key === undefined ? value : (value as Record<string, unknown>)[key];
  };
  return {
    way: recipe.loop.kind,
    // what the recipe does not have is as it would be with it
    numbers: Object.fromEntries(
      NUMBERS.map(({ path, row }) => [path, (at(path) as number | undefined) ?? row.default]),
    ),
    switches: Object.fromEntries(SWITCHES.map(({ path }) => [path, at(path) as boolean])),
    objective: lossOf(recipe),
    size: recipe.model.size,
    start: startOf(recipe),
    reference: recipe.model.reference ?? null,
  };
}

function startOf({ model: { start, digest } }: Recipe): Start {
  return digest === undefined ? { start } : { start, digest };
}

function lossOf({ objective }: Recipe): LossChoice {
  const { name, formula, parameters, own, options } = objective;
  const none = sameValue(options, NO_OPTIONS);
  return { name, formula, parameters, own, options: none ? null : options, table: parametersOf(objective) };
}

/** Stock pairs keep their numbers, so that new pairs come after them. */
export function actsOf({ recorded, count, noise, rule }: Recipe['labels']): LabelAct[] {
  const judged = recorded.map(({ pair, choice, source }, i): LabelAct => {
    const index = pair.kind === 'stock' && pair.split === 'train' ? pair.index : i;
    return { kind: 'judged', index, pair, choice, source };
  });
  const automatic: LabelAct[] = count > 0 ? [{ kind: 'automatic', add: count }] : [];
  return [...judged, ...automatic, { kind: 'rule', rule }, { kind: 'noise', noise }];
}
