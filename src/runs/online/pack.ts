/** A round as numbers, as it lies in a checkpoint. */
import type { Values } from '../../engine/backend.ts';
import type { PreferencePair } from '../pairs.ts';
import type { Round } from './round.ts';
import { pairByReward } from './rounds.ts';

/** All but the best parameters. */
export function packRound({ number, weights, shift, sound, baseSound, best, pairs }: Round): Float64Array {
  const head = [number, shift, sound, baseSound, best.shift, best.since, weights.length, ...weights];
  const rows = pairs.flatMap(({ prompt, chosen, rejected, columns: { score_w, score_l } }) => [
    score_w,
    score_l,
    ...[prompt, chosen, rejected].flatMap((tokens) => [tokens.length, ...tokens]),
  ]);
  return Float64Array.from([...head, pairs.length, ...rows]);
}

export function unpackRound(packed: Values, parameters: Values): Round {
  let at = 0;
  const next = (): number => packed[at++] ?? NaN;
  const list = (): number[] => Array.from({ length: next() }, next);
  const [number, shift, sound, baseSound, most, since] = Array.from({ length: 6 }, next) as [number, number, number, number, number, number]; // prettier-ignore
  const weights = list();
  const pairs = Array.from({ length: next() }, (): PreferencePair => {
    const [score_w, score_l] = [next(), next()];
    const [prompt, chosen, rejected] = [list(), list(), list()];
    return pairByReward(prompt, chosen, rejected, score_w, score_l);
  });
  return { number, weights, shift, sound, baseSound, best: { shift: most, parameters, since }, pairs };
}
