const labelled = (index: number, choice: string): object => ({
  pair: { kind: 'stock', seed: 0, index, split: 'train' },
  choice,
  source: 'oracle',
});

/** Pairs of a world's stock, as a lesson names them: number and preferred side, `17a 203b`. */
export function judged(pairs: string): object[] {
  return pairs
    .trim()
    .split(/\s+/)
    .map((name) => labelled(Number(name.slice(0, -1)), name.slice(-1)));
}

/**
 * What two judges say of the stock's pairs from the first on, a letter a pair: the side that `first` prefers, a capital where
 * `second` prefers the other one; `-` where either of them sees no difference, so that both label the same pairs.
 */
export function judgedTwice(sides: string): Record<'first' | 'second', object[]> {
  const letters = [...sides].map((letter, index) => ({ letter, index })).filter(({ letter }) => letter !== '-');
  const other: Record<string, string> = { a: 'a', b: 'b', A: 'b', B: 'a' };
  return {
    first: letters.map(({ letter, index }) => labelled(index, letter.toLowerCase())),
    second: letters.map(({ letter, index }) => labelled(index, other[letter] as string)),
  };
}
