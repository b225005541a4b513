// Runs at build time only: the objectives that learn from labelled pairs go into the page as data, and the world's names.
import { atlasOf, type Atlas } from '../../state/lab/atlas.ts';
import type { Offer } from '../../state/race/race-arms.ts';
import { worldNamed } from '../../worlds/index.ts';
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

export function load(): { offers: Offer[]; atlas: Atlas } {
  const offers = trainable('policy').map((objective) => pick(objective, SHOWN));
  return { offers, atlas: atlasOf(worldNamed('reviews')) };
}
