/** The objective's own reward of responses outside the training data: the formula's `reward_w` and `reward_l`. */
import type { Device, Feeds, Values } from '../engine/backend.ts';
import type { Graph } from '../engine/graph.ts';
import { createGraph, float } from '../engine/graph.ts';
import type { Tensor } from '../engine/types.ts';
import type { CheckedFormula } from '../formulas/check.ts';
import { REWARD_NAMES } from '../formulas/check.ts';
import { lower } from '../formulas/lower.ts';
import { linesFor } from '../formulas/rewrite.ts';
import type { Formula } from '../formulas/syntax.ts';
import { SIDES } from '../training/pair-quantities.ts';
import type { Recipe } from '../recipes/schema.ts';

/** Pairs of one run. */
const PAIRS = 64;

/**
 * Feeds: `logp`, `ref`, `len` [2 * PAIRS] (first those taken as chosen), and every parameter []. Outputs `reward_w`,
 * `reward_l` [PAIRS]. A reward that reads more than sums of log-probs can't be told outside of training; then, and where
 * a formula assigns none, it is the log-ratio.
 */
export function rewardProgram(checked: CheckedFormula): Graph {
  const g = createGraph();
  const rewards = rewardsBy(g, quantityFeeds(g), checked, 'parameter');
  SIDES.forEach((side, i) => g.output(`reward_${side}`, rewards[i] as Tensor));
  return g;
}

/** The same for the arms of a race, with the feeds `arm.I` and `parameter.I.NAME` of `raceProgram`. */
export function raceRewardProgram(arms: readonly CheckedFormula[]): Graph {
  const g = createGraph();
  const feeds = quantityFeeds(g);
  const all = arms.map((checked, i) => {
    const arm = g.feed(`arm.${i}`, float());
    return rewardsBy(g, feeds, checked, `parameter.${i}`).map((x) => g.apply('where', [arm, x, g.scalar(0)]));
  });
  SIDES.forEach((side, i) =>
    g.output(
      `reward_${side}`,
      all.map((rewards) => rewards[i] as Tensor).reduce((sum, x) => g.apply('add', [sum, x])),
    ),
  );
  return g;
}

function quantityFeeds(g: Graph): Record<string, Tensor> {
  return Object.fromEntries(['logp', 'ref', 'len'].map((key) => [key, g.feed(key, float(2 * PAIRS))]));
}

/** The rewards of both sides, each [PAIRS]. */
function rewardsBy(
  g: Graph,
  feeds: Readonly<Record<string, Tensor>>,
  checked: CheckedFormula,
  prefix: string,
): Tensor[] {
  const parameters = new Map(
    checked.vocabulary.parameters.map((name) => [name, g.feed(`${prefix}.${name}`, float())]),
  );
  return SIDES.map((side) => {
    const half = (x: Tensor | undefined): Tensor =>
      g.apply('view', [x as Tensor], { offset: side === 'w' ? 0 : PAIRS, shape: [PAIRS] });
    const given = new Map(parameters);
    for (const [key, x] of Object.entries(feeds)) given.set(`${key}_${side}`, half(x));
    const formula = onlyFor(checked, REWARD_NAMES[side], new Set(given.keys()));
    const values = lower(g, { ...checked, formula }, { given, sizes: { b: PAIRS }, masks: {} });
    const reward =
      values.get(REWARD_NAMES[side]) ?? g.apply('sub', [half(feeds['logp']), half(feeds['ref'])]);
    return reward.shape.length === 0 ? g.apply('expand_last', [reward], { n: PAIRS }) : reward;
  });
}

/** The lines of a formula that `name` depends on; none, where those read anything that is not available. */
function onlyFor({ formula }: CheckedFormula, name: string, available: ReadonlySet<string>): Formula {
  const { lines, reads } = linesFor(formula, [name]);
  const assigned = new Set(lines.map((line) => line.name));
  return [...reads].every((used) => assigned.has(used) || available.has(used)) ? lines : [];
}

/** What a reward may depend on, for one response. */
export interface ScoredResponse {
  logp: number;
  ref: number;
  len: number;
}

/** The reward of each response; responses are taken two by two, as if the first of each two were the chosen one. */
export async function rewardsOf(
  device: Device,
  recipe: Recipe,
  responses: readonly ScoredResponse[],
): Promise<number[]> {
  const rewards: number[] = [];
  for (let first = 0; first < responses.length; first += 2 * PAIRS) {
    const block = responses.slice(first, first + 2 * PAIRS);
    const column = (key: keyof ScoredResponse): number[] =>
      [0, 1].flatMap((side) => Array.from({ length: PAIRS }, (_, i) => block[2 * i + side]?.[key] ?? 0));
    const quantities = (['logp', 'ref', 'len'] as const).map((key) => [key, column(key)]);
    const [output] = await device.run('reward', [
      { ...Object.fromEntries(quantities), ...parameterFeeds(recipe) },
    ]);
    block.forEach((_, i) => {
      const values = output?.[i % 2 === 0 ? 'reward_w' : 'reward_l'] as Values;
      rewards.push(values[Math.floor(i / 2)] as number);
    });
  }
  return rewards;
}

/** One feed for each of the objective's numbers. */
export function parameterFeeds(recipe: Recipe): Feeds {
  return Object.fromEntries(
    Object.entries({ ...recipe.objective.parameters, ...recipe.objective.own }).map(([name, value]) => [
      `parameter.${name}`,
      [value],
    ]),
  );
}
