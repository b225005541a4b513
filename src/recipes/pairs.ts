/** From a recipe's labels to the pairs that an objective learns from. */
import { labelers } from '../labelers/index.ts';
import type { Candidates, Choice } from '../labelers/labeler.ts';
import { pairOf } from '../labelers/pairs.ts';
import type { Labeler } from '../labelers/labeler.ts';
import type { PairColumn } from '../loops/pair-quantities.ts';
import type { PreferenceRule, Tokens, World } from '../worlds/world.ts';
import type { Recipe } from './schema.ts';

export interface PreferencePair {
  prompt: Tokens;
  chosen: Tokens;
  rejected: Tokens;
  /** What a formula may read of the pair besides its log-probs. */
  columns: Record<PairColumn, number>;
}

/** Stock pairs from here on are the labeler's; those below are shown to people, so the two never meet. */
const FIRST_AUTOMATIC = 1_000_000;

/**
 * Recorded labels first, then the labeler's own. Ties, "both bad" and skipped pairs are left out, as every objective so
 * far says (`tie`, `bothBad`: excluded).
 */
export function preferencePairs(labels: Recipe['labels'], world: World, seed: number): PreferencePair[] {
  const rule = world.rules.find(({ name }) => name === labels.rule) as PreferenceRule;
  const decide = (pair: Candidates, choice: Choice | undefined, noise: number): PreferencePair | null =>
    decided(pair, choice, noise, ({ prompt }, tokens) => rule.utility(world.score(prompt, tokens)));
  const recorded = labels.recorded.map(({ pair, choice }) => decide(pairOf(world, pair), choice, 0));
  const judge = (labelers.get(labels.labeler) as Labeler).open({
    world,
    rule: labels.rule,
    seed,
    parameters: { noise: labels.noise },
  });
  const automatic = Array.from({ length: labels.count }, (_, i) => {
    const pair = world.pair(seed, FIRST_AUTOMATIC + i);
    return decide(pair, judge.label(pair, i), labels.noise);
  });
  return [...recorded, ...automatic].filter((pair) => pair !== null);
}

function decided(
  pair: Candidates,
  choice: Choice | undefined,
  noise: number,
  score: (pair: Candidates, tokens: Tokens) => number,
): PreferencePair | null {
  if (choice !== 'a' && choice !== 'b') return null;
  const [chosen, rejected] = choice === 'a' ? [pair.a, pair.b] : [pair.b, pair.a];
  const [scoreW, scoreL] = [score(pair, chosen), score(pair, rejected)];
  const columns = {
    margin_column: scoreW - scoreL,
    strength: 1,
    weight: 1,
    label_probability: 1 - noise,
    score_w: scoreW,
    score_l: scoreL,
  };
  return { prompt: pair.prompt.tokens, chosen, rejected, columns };
}
