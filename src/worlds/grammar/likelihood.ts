/** How probable a text is under a biased grammar: the sum over all its derivations (the inside algorithm). */
import type { BiasedGrammar } from './draw.ts';

/** Probability that `draw` makes exactly this text. */
export function probability(
  { grammar, chances }: BiasedGrammar,
  start: string,
  text: readonly string[],
): number {
  const known = new Map<string, Map<number, number>>();

  /** For every place where the rule can end: the probability that it makes the words from `from` to there. */
  const inside = (rule: string, flipped: boolean, from: number): Map<number, number> => {
    const key = `${rule}/${flipped}/${from}`;
    const remembered = known.get(key);
    if (remembered) return remembered;
    const result = new Map<number, number>();
    const own = chances.get(rule)?.[Number(flipped)] ?? [];
    grammar.get(rule)?.forEach(({ parts }, i) => {
      let places = new Map([[from, own[i] as number]]);
      if (own[i] === 0) return;
      for (const part of parts) {
        const next = new Map<number, number>();
        for (const [place, before] of places) {
          if (part.kind === 'word') {
            if (text[place] === part.word) next.set(place + 1, before);
            continue;
          }
          for (const [end, chance] of inside(part.rule, part.flipped !== flipped, place)) {
            next.set(end, (next.get(end) ?? 0) + before * chance);
          }
        }
        places = next;
      }
      for (const [end, chance] of places) result.set(end, (result.get(end) ?? 0) + chance);
    });
    known.set(key, result);
    return result;
  };

  return inside(start, false, 0).get(text.length) ?? 0;
}
