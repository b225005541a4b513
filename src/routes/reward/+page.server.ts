// Runs at build time only: the objectives that train a reward model go into the page as data, and the world's names.
import { objectives } from '../../objectives/index.ts';
import { checkRecipe } from '../../recipes/schema.ts';
import { atlasOf, type Atlas } from '../../state/atlas.ts';
import type { RewardOffer } from '../../state/reward.svelte.ts';
import { worldNamed } from '../../worlds/index.ts';

export function load(): { offers: RewardOffer[]; atlas: Atlas } {
  const offers = [...objectives.values()]
    .filter(({ name }) => checkRecipe({ version: 1, world: 'reviews', objective: { name } }, 'reward').ok)
    .map(({ name, title, description, formula, parameters }) => ({
      name,
      title,
      description,
      formula,
      parameters,
    }));
  const world = worldNamed('reviews');
  const heldOutFirst = [...world.prompts].sort((a, b) => a.split.localeCompare(b.split));
  return { offers, atlas: atlasOf({ ...world, prompts: heldOutFirst }) };
}
