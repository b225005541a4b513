/** For pages that are made at build time: the objectives with which something can be trained on labelled pairs, family by family. */
import { objectives } from '../objectives/index.ts';
import { FAMILIES, type Objective } from '../objectives/objective.ts';
import { checkRecipe } from '../recipes/schema.ts';

const ORDER = Object.keys(FAMILIES);

export function trainable(trains: 'policy' | 'reward'): Objective[] {
  return [...objectives.values()]
    .filter(({ name }) => checkRecipe({ version: 1, world: 'reviews', objective: { name } }, trains).ok)
    .sort((a, b) => ORDER.indexOf(a.family) - ORDER.indexOf(b.family));
}

/** What a page needs of a thing, as data. */
export function pick<T extends object, K extends keyof T>(from: T, keys: readonly K[]): Pick<T, K> {
  return Object.fromEntries(keys.map((key) => [key, from[key]])) as Pick<T, K>;
}
