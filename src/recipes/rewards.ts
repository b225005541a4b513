/** The objective's own reward of responses outside the training data: the formula's `reward_w` and `reward_l`. */
import type { Device, Feeds, Values } from '../engine/backend.ts';
import type { Graph } from '../engine/graph.ts';
import { createGraph, float } from '../engine/graph.ts';
import type { Tensor } from '../engine/types.ts';
import { PAIR_QUANTITIES } from '../formulas/check.ts';
import { lower } from '../formulas/lower.ts';
import type { Formula } from '../formulas/syntax.ts';
import type { Recipe } from './schema.ts';

/** Pairs of one run. */
const PAIRS = 64;

/** Feeds: every per-pair quantity [PAIRS] and every parameter []. Outputs `reward_w`, `reward_l` [PAIRS]. */
export function rewardProgram(formula: Formula, parameters: readonly string[]): Graph {
  const g = createGraph();
  const given = new Map<string, Tensor>();
  for (const name of PAIR_QUANTITIES.keys()) given.set(name, g.feed(name, float(PAIRS)));
  for (const name of parameters) given.set(name, g.feed(`parameter.${name}`, float()));
  const values = lower(g, formula, given);
  for (const side of ['w', 'l']) {
    const ratio = g.apply('sub', [given.get(`logp_${side}`) as Tensor, given.get(`ref_${side}`) as Tensor]);
    const reward = values.get(`reward_${side}`) ?? ratio;
    g.output(
      `reward_${side}`,
      reward.shape.length === 0 ? g.apply('expand_last', [reward], { n: PAIRS }) : reward,
    );
  }
  return g;
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
    const column = (key: keyof ScoredResponse, side: 0 | 1): number[] =>
      Array.from({ length: PAIRS }, (_, i) => block[2 * i + side]?.[key] ?? 0);
    const quantities = (['logp', 'ref', 'len'] as const).flatMap((key) => [
      [`${key}_w`, column(key, 0)],
      [`${key}_l`, column(key, 1)],
    ]);
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
    Object.entries(recipe.objective.parameters).map(([name, value]) => [`parameter.${name}`, [value]]),
  );
}
