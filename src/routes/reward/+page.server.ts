// Runs at build time only: the objectives that train a reward model go into the page as data, and the world's names.
import { atlasOf, type Atlas } from '../../state/lab/atlas.ts';
import type { RewardOffer } from '../../state/reward/reward.svelte.ts';
import { worldNamed } from '../../worlds/index.ts';
import { pick, trainable } from '../trainable.ts';

const SHOWN = ['name', 'title', 'description', 'formula', 'parameters'] as const;

export function load(): { offers: RewardOffer[]; atlas: Atlas } {
  const offers = trainable('reward').map((objective) => pick(objective, SHOWN));
  const world = worldNamed('reviews');
  const heldOutFirst = [...world.prompts].sort((a, b) => a.split.localeCompare(b.split));
  return { offers, atlas: atlasOf({ ...world, prompts: heldOutFirst }) };
}
