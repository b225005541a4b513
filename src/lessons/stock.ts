/** Pairs of a world's stock, as a lesson names them: number and preferred side, `17a 203b`. */
export function judged(pairs: string): object[] {
  return pairs
    .trim()
    .split(/\s+/)
    .map((name) => ({
      pair: { kind: 'stock', seed: 0, index: Number(name.slice(0, -1)), split: 'train' },
      choice: name.slice(-1),
      source: 'oracle',
    }));
}
