/** Pairs of a world's stock in which a person feels the difference at once: two short responses of opposite moods. */
import type { ResponsePair, World } from './world.ts';

/** A world without a pair like that is told so, not searched for ever. */
const SEARCHED = 20_000;

export interface ClearRule {
  /** The attribute on which the two lie on opposite sides of 0, and how far apart at least. */
  attribute: string;
  apart: number;
  /** Tokens of a response, `<eos>` included, from and to; and most by which the two differ, so that length teaches little. */
  length: readonly [number, number];
  longer: number;
}

/** Numbers of the first `count` pairs of the stock under `seed`, split `train`, that keep the rule. Throws where there are not as many. */
export function clearPairs(world: World, seed: number, count: number, rule: ClearRule): number[] {
  const found: number[] = [];
  for (let index = 0; found.length < count && index < SEARCHED; index++) {
    if (isClear(world, world.pair(seed, index), rule)) found.push(index);
  }
  if (found.length < count)
    throw new RangeError(`Only ${found.length} of the first ${SEARCHED} pairs of ${world.name} are clear.`);
  return found;
}

function isClear(world: World, { prompt, a, b }: ResponsePair, rule: ClearRule): boolean {
  const [shortest, longest] = rule.length;
  if (Math.min(a.length, b.length) < shortest || Math.max(a.length, b.length) > longest) return false;
  if (Math.abs(a.length - b.length) > rule.longer) return false;
  const [of, against] = [a, b].map((response) => world.score(prompt, response)[rule.attribute] ?? 0);
  const [x, y] = [of as number, against as number];
  return Math.sign(x) === -Math.sign(y) && Math.abs(x - y) >= rule.apart;
}
