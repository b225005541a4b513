// Runs at build time only: the first pair, the ranking and the figures go into the page, so that it reads without a script.
import { papers } from '../papers/index.ts';
import { lessons } from '../lessons/index.ts';
import { CLEAR, PAIRS } from '../state/home/front-door.ts';
import type { FrontDoorData } from '../state/home/front-door.svelte.ts';
import { clearPairs } from '../worlds/clear.ts';
import { builtInWorld } from '../worlds/index.ts';
import { load as labPage } from './lab/+page.server.ts';

interface Data extends FrontDoorData {
  lessons: number;
  papers: number;
}

export async function load(): Promise<Data> {
  const { first, worldSummary } = await labPage();
  const world = await builtInWorld(worldSummary.world);
  const pairs = clearPairs(world, 0, PAIRS, CLEAR);
  const { index, prompt, a, b } = world.pair(0, pairs[0] as number);
  const pair = {
    seed: 0,
    index,
    prompt: prompt.id,
    promptText: prompt.text,
    a: { tokens: a, text: world.decode(a) },
    b: { tokens: b, text: world.decode(b) },
  };
  return { first: { ...first, pair }, worldSummary, pairs, lessons: lessons.length, papers: papers.length };
}
