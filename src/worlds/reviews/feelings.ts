/** From words to feelings: intensity and negation, the same way for the generator's bias and for the scores. */
import { BOUNDARIES, DEGREES, feelingOf, NEGATORS } from './lexicon.ts';

/** The feeling of every word that carries one, in order: `not very good` is [-1.5]. */
export function feelingsIn(words: readonly string[]): number[] {
  const result: number[] = [];
  let sign = 1;
  let degree = 1;
  for (const word of words) {
    if (BOUNDARIES.has(word)) {
      sign = 1;
      degree = 1;
      continue;
    }
    if (NEGATORS.has(word)) sign = -sign;
    degree *= DEGREES.get(word) ?? 1;
    const feeling = feelingOf(word);
    if (feeling === 0) continue;
    result.push(sign * degree * feeling);
    degree = 1;
  }
  return result;
}
