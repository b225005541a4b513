/** From a recipe's labels to the pairs that an objective learns from, by what it says of ties and of "both bad". */
import { labelers } from '../labelers/index.ts';
import type { Candidates, Choice, Labeler } from '../labelers/labeler.ts';
import { pairOf } from '../labelers/pairs.ts';
import type { PairColumn } from '../training/pair-quantities.ts';
import type { CountedSides } from '../metrics/metrics.ts';
import type { UndecidedMeanings, UndecidedPair } from '../objectives/objective.ts';
import type { PreferenceRule, Tokens, World } from '../worlds/world.ts';
import type { Recipe } from '../recipes/schema.ts';

export interface PreferencePair {
  prompt: Tokens;
  /** Empty where the pair has no response that counts as chosen. */
  chosen: Tokens;
  rejected: Tokens;
  /** `none`: neither was preferred, and both orders of the pair count. */
  sides: CountedSides;
  /** What a formula may read of the pair besides its log-probs. */
  columns: Record<PairColumn, number>;
}

/** Labels of which an objective makes nothing. */
export interface UnusedLabels {
  ties: number;
  bothBad: number;
}

export interface LearnedPairs {
  pairs: PreferencePair[];
  unused: UnusedLabels;
}

/** Why nothing can be trained, with a cure. */
export const NO_PAIRS = 'There is no decided pair to learn from. Label a pair first.';

/** Of an endless stock, pairs from here on are the labeler's; those below are shown to people, so the two never meet. */
const FIRST_AUTOMATIC = 1_000_000;

/** What an objective with these meanings learns from. */
export function preferencePairs(
  labels: Recipe['labels'],
  world: World,
  seed: number,
  undecided: UndecidedMeanings,
): LearnedPairs {
  const learned: LearnedPairs = { pairs: [], unused: { ties: 0, bothBad: 0 } };
  const rule = world.rules.find(({ name }) => name === labels.rule) as PreferenceRule;
  const score: Score = ({ prompt }, tokens) => rule.utility(world.score(prompt, tokens));
  for (const { pair, choice, noise } of labelledPairs(labels, world, seed)) {
    const found = pairsOf(pair, choice, noise, score, undecided);
    learned.pairs.push(...found);
    if (found.length > 0) continue;
    if (choice === 'tie') learned.unused.ties++;
    else learned.unused.bothBad++;
  }
  return learned;
}

/** One label of a recipe with what it judges. */
export interface LabelledPair {
  pair: Candidates;
  choice: Choice;
  /** A labeler's name. */
  source: string;
  /** Share of labels that this labeler flips. */
  noise: number;
}

/** Recorded labels first, then the labeler's own; skipped pairs have no label. */
export function* labelledPairs(
  labels: Recipe['labels'],
  world: World,
  seed: number,
): Generator<LabelledPair> {
  for (const { pair, choice, source } of labels.recorded)
    yield { pair: pairOf(world, pair), choice, source, noise: 0 };
  const judge = (labelers.get(labels.labeler) as Labeler).open({
    world,
    rule: labels.rule,
    seed,
    parameters: { noise: labels.noise },
  });
  const automatic = world.stock === null ? endless(world, seed) : finite(world, world.stock.train, labels);
  for (let i = 0; i < labels.count; i++) {
    const pair = automatic(i);
    const choice = pair === null ? undefined : judge.label(pair, i);
    if (pair !== null && choice !== undefined)
      yield { pair, choice, source: labels.labeler, noise: labels.noise };
  }
}

type Automatic = (i: number) => Candidates | null;

const endless =
  (world: World, seed: number): Automatic =>
  (i) =>
    world.pair(seed, FIRST_AUTOMATIC + i);

/** The first pairs of the stock, each once: one that a person has judged keeps that label alone (null). */
function finite(world: World, size: number, { recorded }: Recipe['labels']): Automatic {
  const judged = new Set(
    recorded.flatMap(({ pair }) =>
      pair.kind === 'stock' && pair.split === 'train' ? [pair.index % size] : [],
    ),
  );
  return (i) => (judged.has(i) ? null : world.pair(0, i));
}

type Score = (pair: Candidates, tokens: Tokens) => number;

/** The pairs that one label gives. */
function pairsOf(
  pair: Candidates,
  choice: Choice,
  noise: number,
  score: Score,
  { tie, bothBad }: UndecidedMeanings,
): PreferencePair[] {
  const prompt = pair.prompt.tokens;
  const columns = (w: number, l: number, certain: boolean): PreferencePair['columns'] => ({
    margin_column: certain ? w - l : 0,
    strength: certain ? 1 : 0,
    weight: 1,
    label_probability: certain ? 1 - noise : 0.5,
    score_w: w,
    score_l: l,
  });
  const [scoreA, scoreB] = [score(pair, pair.a), score(pair, pair.b)];
  if (choice === 'a' || choice === 'b') {
    const [chosen, rejected] = choice === 'a' ? [pair.a, pair.b] : [pair.b, pair.a];
    const [scoreW, scoreL] = choice === 'a' ? [scoreA, scoreB] : [scoreB, scoreA];
    return [{ prompt, chosen, rejected, sides: 'both', columns: columns(scoreW, scoreL, true) }];
  }
  const becomes: Record<UndecidedPair, () => PreferencePair[]> = {
    excluded: () => [],
    half: () => [
      { prompt, chosen: pair.a, rejected: pair.b, sides: 'none', columns: columns(scoreA, scoreB, false) },
    ],
    'two-rejected': () =>
      [pair.a, pair.b].map((rejected, i) => ({
        prompt,
        chosen: [],
        rejected,
        sides: 'rejected',
        columns: { ...columns(0, i === 0 ? scoreA : scoreB, true), margin_column: 0 },
      })),
  };
  return becomes[choice === 'tie' ? tie : bothBad]();
}
