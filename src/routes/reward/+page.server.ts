// Runs at build time only: the objectives that train a reward model go into the page as data, and the world's names.
import { summaryOf, type WorldSummary } from '../../state/lab/world-summary.ts';
import type { RewardOffer } from '../../state/reward/reward.svelte.ts';
import { builtInWorld, FIRST_WORLD } from '../../worlds/index.ts';
import { pick, trainable } from '../trainable.ts';

const SHOWN = ['name', 'title', 'description', 'formula', 'parameters'] as const;

export async function load(): Promise<{ offers: RewardOffer[]; worldSummary: WorldSummary }> {
  const offers = (await trainable('reward')).map((objective) => pick(objective, SHOWN));
  const world = await builtInWorld(FIRST_WORLD);
  const heldOutFirst = [...world.prompts].sort((a, b) => a.split.localeCompare(b.split));
  return { offers, worldSummary: summaryOf({ ...world, prompts: heldOutFirst }) };
}
