/** Which words of two texts differ: the longest common subsequence stays, the rest is marked. */

export interface MarkedWord {
  word: string;
  changed: boolean;
}

/** Both texts split at spaces, each word marked that has no partner in the other. */
export function compare(before: string, after: string): { before: MarkedWord[]; after: MarkedWord[] } {
  const a = before.split(' ');
  const b = after.split(' ');
  /** Length of the longest common subsequence of a[i..] and b[j..]. */
  const longest = Array.from({ length: a.length + 1 }, () => new Array<number>(b.length + 1).fill(0));
  const at = (i: number, j: number): number => (longest[i] as number[])[j] as number;
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      (longest[i] as number[])[j] =
        a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const result = { before: [] as MarkedWord[], after: [] as MarkedWord[] };
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      result.before.push({ word: a[i++] as string, changed: false });
      result.after.push({ word: b[j++] as string, changed: false });
    } else if (j >= b.length || (i < a.length && at(i + 1, j) >= at(i, j + 1))) {
      result.before.push({ word: a[i++] as string, changed: true });
    } else {
      result.after.push({ word: b[j++] as string, changed: true });
    }
  }
  return result;
}
