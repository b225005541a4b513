/** For pages that are made at build time: the objectives with which something can be trained on labelled pairs, family by family. */
import { objectives } from '../objectives/index.ts';
import { FAMILIES, type Objective } from '../objectives/objective.ts';
import { checkRecipe } from '../recipes/check.ts';
import type { Trained } from '../recipes/objective.ts';
import { builtInWorld, FIRST_WORLD, worldsOf } from '../worlds/index.ts';

const worldsOfPages = async () => worldsOf(await builtInWorld(FIRST_WORLD));

const ORDER = Object.keys(FAMILIES);

export async function trainable(trains: Trained): Promise<Objective[]> {
  const worlds = await worldsOfPages();
  return [...objectives.values()]
    .filter(
      ({ name }) => checkRecipe({ version: 1, world: FIRST_WORLD, objective: { name } }, worlds, trains).ok,
    )
    .sort((a, b) => ORDER.indexOf(a.family) - ORDER.indexOf(b.family));
}

/** What a page needs of a thing, as data. */
export function pick<T extends object, K extends keyof T>(from: T, keys: readonly K[]): Pick<T, K> {
  return Object.fromEntries(keys.map((key) => [key, from[key]])) as Pick<T, K>;
}
