/** Pairs of a world's stock that somebody may be asked about: short enough to be read at a glance. */
import type { ResponsePair, World } from '../../worlds/world.ts';

/** Tokens of a response, `<eos>` included. */
const READABLE = 18;
/** Pairs among which the most telling is looked for. */
const CHOICE = 64;
/** A world whose responses are all long is not searched for ever. */
const SEARCHED = 8 * CHOICE;

/** The candidates for question `number` (from 0) under `seed`, without those that were asked. */
export function* tellingStock(
  world: World,
  seed: number,
  number: number,
  asked: ReadonlySet<number>,
): Generator<ResponsePair> {
  let found = 0;
  for (let i = 0; i < SEARCHED && found < CHOICE; i++) {
    const index = number * SEARCHED + i;
    if (asked.has(index)) continue;
    const pair = world.pair(seed, index);
    if (Math.max(pair.a.length, pair.b.length) > READABLE) continue;
    found++;
    yield pair;
  }
}
