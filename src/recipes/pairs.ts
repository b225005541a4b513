/** From a recipe's labels to the pairs that an objective learns from. */
import { labelers } from '../labelers/index.ts';
import type { Candidates, Choice } from '../labelers/labeler.ts';
import { pairOf } from '../labelers/pairs.ts';
import type { Labeler } from '../labelers/labeler.ts';
import type { Tokens, World } from '../worlds/world.ts';
import type { Recipe } from './schema.ts';

export interface PreferencePair {
  prompt: Tokens;
  chosen: Tokens;
  rejected: Tokens;
}

/** Stock pairs from here on are the labeler's; those below are shown to people, so the two never meet. */
const FIRST_AUTOMATIC = 1_000_000;

/**
 * Recorded labels first, then the labeler's own. Ties, "both bad" and skipped pairs are left out, as every objective so
 * far says (`tie`, `bothBad`: excluded).
 */
export function preferencePairs(labels: Recipe['labels'], world: World, seed: number): PreferencePair[] {
  const recorded = labels.recorded.map(({ pair, choice }) => decided(pairOf(world, pair), choice));
  const judge = (labelers.get(labels.labeler) as Labeler).open({
    world,
    rule: labels.rule,
    seed,
    parameters: { noise: labels.noise },
  });
  const automatic = Array.from({ length: labels.count }, (_, i) => {
    const pair = world.pair(seed, FIRST_AUTOMATIC + i);
    return decided(pair, judge.label(pair, i));
  });
  return [...recorded, ...automatic].filter((pair) => pair !== null);
}

function decided({ prompt, a, b }: Candidates, choice: Choice | undefined): PreferencePair | null {
  if (choice === 'a') return { prompt: prompt.tokens, chosen: a, rejected: b };
  if (choice === 'b') return { prompt: prompt.tokens, chosen: b, rejected: a };
  return null;
}
