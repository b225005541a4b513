// Runs at build time only: the objectives that learn from labelled pairs go into the page as data, and the world's names.
import { summaryOf, type WorldSummary } from '../../state/lab/world-summary.ts';
import type { Offer } from '../../state/race/race-arms.ts';
import { builtInWorld, FIRST_WORLD } from '../../worlds/index.ts';
import { pick, trainable } from '../trainable.ts';

const SHOWN = [
  'name',
  'title',
  'family',
  'description',
  'formula',
  'parameters',
  'reduction',
  'paper',
] as const;

export async function load(): Promise<{ offers: Offer[]; worldSummary: WorldSummary }> {
  const offers = (await trainable('policy')).map((objective) => pick(objective, SHOWN));
  return { offers, worldSummary: summaryOf(await builtInWorld(FIRST_WORLD)) };
}
