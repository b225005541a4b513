/**
 * Learns what to join: again and again the two neighbours that occur together most often. Counts of pairs are kept up to date
 * where a join changes them, so the cost goes with what changes and not with the text. The same texts give the same merges.
 */
import { BYTE_CHARACTERS, bytesOf, piecesOf } from './bytes.ts';
import { FEWEST_BPE, FIRST_BYTE } from './bpe.ts';
import { createHeap } from './heap.ts';
import { SPECIAL, type VocabularyData } from './vocabulary.ts';

const SHIFT = 65536;

interface Piece {
  tokens: number[];
  count: number;
}

/**
 * `size` words, or fewer where no pair occurs twice any more. Of two pairs that are as frequent the one of lower ids is
 * joined first.
 */
export function trainBpe(texts: Iterable<string>, size: number): VocabularyData {
  const pieces = countedPieces(texts);
  const words = [...SPECIAL, ...BYTE_CHARACTERS];
  const ids = new Map(words.map((word, id): [string, number] => [word, id]));
  const merges: string[] = [];
  const counts = new Map<number, number>();
  const where = new Map<number, Set<number>>();
  const heap = createHeap((key) => counts.get(key) ?? 0);
  const changed = new Set<number>();

  const add = (key: number, piece: number, count: number): void => {
    counts.set(key, (counts.get(key) ?? 0) + count);
    changed.add(key);
    const places = where.get(key);
    if (places) places.add(piece);
    else where.set(key, new Set([piece]));
  };
  const settle = (): void => {
    for (const key of changed) heap.push(key);
    changed.clear();
  };

  pieces.forEach(({ tokens, count }, p) => {
    for (let i = 0; i + 1 < tokens.length; i++) add(keyOf(tokens, i), p, count);
  });
  settle();
  while (words.length < Math.max(size, FEWEST_BPE)) {
    const key = heap.pop();
    if (key === null || (counts.get(key) as number) < 2) break;
    const [a, b] = [Math.floor(key / SHIFT), key % SHIFT];
    const word = (words[a] as string) + (words[b] as string);
    // another join may have made the same word
    const joined = ids.get(word) ?? words.length;
    if (joined === words.length) words.push(word);
    ids.set(word, joined);
    merges.push(`${words[a]} ${words[b]}`);
    for (const p of where.get(key) as Set<number>) {
      const piece = pieces[p] as Piece;
      const { tokens, count } = piece;
      for (let i = 0; i + 1 < tokens.length; i++) add(keyOf(tokens, i), p, -count);
      piece.tokens = withJoined(tokens, a, b, joined);
      for (let i = 0; i + 1 < piece.tokens.length; i++) add(keyOf(piece.tokens, i), p, count);
    }
    counts.delete(key);
    where.delete(key);
    changed.delete(key);
    settle();
  }
  return { kind: 'bpe', words, merges };
}

const keyOf = (tokens: readonly number[], i: number): number =>
  (tokens[i] as number) * SHIFT + (tokens[i + 1] as number);

function withJoined(tokens: readonly number[], a: number, b: number, joined: number): number[] {
  const result: number[] = [];
  for (let i = 0; i < tokens.length; i++) {
    if (tokens[i] === a && tokens[i + 1] === b) {
      result.push(joined);
      i++;
    } else result.push(tokens[i] as number);
  }
  return result;
}

/** Every different piece of the texts once, with how often it occurs. */
function countedPieces(texts: Iterable<string>): Piece[] {
  const counts = new Map<string, number>();
  for (const text of texts)
    for (const piece of piecesOf(text)) counts.set(piece, (counts.get(piece) ?? 0) + 1);
  return Array.from(counts, ([piece, count]) => ({
    tokens: Array.from(bytesOf(piece), (byte) => FIRST_BYTE + byte),
    count,
  }));
}
