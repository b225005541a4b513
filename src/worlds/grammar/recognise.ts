/**
 * Is a text grammatical, and if not, where does it go wrong? Recursive descent that remembers, for every rule and place,
 * all the places where the rule can end: exact for ambiguous grammars, and quick (each rule is tried once a place).
 */
import type { Grammar } from './grammar.ts';

export interface Recognition {
  /** Places where the start rule can end, counted in words from the start of the text; ascending. */
  ends: readonly number[];
  /** The furthest place at which any word was looked for and not found ... */
  stuckAt: number;
  /** ... and the words that were looked for there. */
  expected: ReadonlySet<string>;
}

export function recognise(grammar: Grammar, start: string, text: readonly string[]): Recognition {
  let stuckAt = 0;
  let expected = new Set<string>();
  const known = new Map<string, number[][]>();

  const accept = (word: string, at: number): boolean => {
    if (text[at] === word) return true;
    if (at > stuckAt) {
      stuckAt = at;
      expected = new Set();
    }
    if (at === stuckAt) expected.add(word);
    return false;
  };

  const endsOf = (rule: string, at: number): number[] => {
    let byPlace = known.get(rule);
    if (!byPlace) known.set(rule, (byPlace = []));
    const remembered = byPlace[at];
    if (remembered) return remembered;
    const ends = new Set<number>();
    for (const { parts } of grammar.get(rule) ?? []) {
      let places = [at];
      for (const part of parts) {
        if (places.length === 0) break;
        places =
          part.kind === 'word'
            ? places.filter((place) => accept(part.word, place)).map((place) => place + 1)
            : [...new Set(places.flatMap((place) => endsOf(part.rule, place)))];
      }
      for (const place of places) ends.add(place);
    }
    return (byPlace[at] = [...ends].sort((a, b) => a - b));
  };

  return { ends: endsOf(start, 0), stuckAt, expected };
}
