// Runs at build time only: the objectives that learn from labelled pairs go into the page as data, and the world's names.
import { objectives } from '../../objectives/index.ts';
import { FAMILIES } from '../../objectives/objective.ts';
import { checkRecipe } from '../../recipes/schema.ts';
import { atlasOf, type Atlas } from '../../state/atlas.ts';
import type { Offer } from '../../state/race-arms.ts';
import { worldNamed } from '../../worlds/index.ts';

export function load(): { offers: Offer[]; atlas: Atlas } {
  const families = Object.keys(FAMILIES);
  const offers = [...objectives.values()]
    .filter(({ name }) => checkRecipe({ version: 1, world: 'reviews', objective: { name } }).ok)
    .sort((a, b) => families.indexOf(a.family) - families.indexOf(b.family))
    .map(({ name, title, family, description, formula, parameters, reduction, paper }) => ({
      name,
      title,
      family,
      description,
      formula,
      parameters,
      reduction,
      paper,
    }));
  return { offers, atlas: atlasOf(worldNamed('reviews')) };
}
