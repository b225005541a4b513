// Runs at build time only: the first picture and the world's names go into the page, so that it needs no script to be read.
import { readFileSync } from 'node:fs';
import type { FirstPicture } from '../../runs/views.ts';
import { summaryOf, type WorldSummary } from '../../state/lab/world-summary.ts';
import { builtInWorld, FIRST_WORLD } from '../../worlds/index.ts';

export async function load(): Promise<{ first: FirstPicture; worldSummary: WorldSummary }> {
  const first = JSON.parse(
    readFileSync(`public/models/${FIRST_WORLD}-micro/first-picture.json`, 'utf8'),
  ) as FirstPicture;
  return { first, worldSummary: summaryOf(await builtInWorld(FIRST_WORLD)) };
}
