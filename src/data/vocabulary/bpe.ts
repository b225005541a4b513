/**
 * Byte-level BPE (Sennrich et al. 2016, over bytes as in GPT-2): encodes any text and gives it back exactly. Ids: the special
 * words, the 256 bytes, then one word a merge.
 */
import { BYTE_CHARACTERS, bytesOf, piecesOf, textOf } from './bytes.ts';
import { SPECIAL, type Vocabulary } from './vocabulary.ts';

/** The id of byte 0. */
export const FIRST_BYTE = SPECIAL.length;
/** Words that every such vocabulary has. */
export const FEWEST_BPE = FIRST_BYTE + 256;
/** Two ids as one number. */
const SHIFT = 65536;

/** Pieces that were encoded before are remembered up to this many. */
const REMEMBERED = 50_000;

export function bpeVocabulary(words: readonly string[], merges: readonly string[]): Vocabulary {
  const ids = new Map(words.map((word, id) => [word, id]));
  const joins = new Map<number, { rank: number; to: number }>();
  merges.forEach((merge, rank) => {
    const [a, b] = merge.split(' ') as [string, string];
    joins.set((ids.get(a) as number) * SHIFT + (ids.get(b) as number), {
      rank,
      to: ids.get(a + b) as number,
    });
  });
  const byteIds = BYTE_CHARACTERS.map((character) => ids.get(character) as number);
  const remembered = new Map<string, readonly number[]>();

  const encodePiece = (piece: string): readonly number[] => {
    const known = remembered.get(piece);
    if (known) return known;
    const tokens = Array.from(bytesOf(piece), (byte) => byteIds[byte] as number);
    for (;;) {
      let best: { rank: number; to: number; at: number } | null = null;
      for (let at = 0; at + 1 < tokens.length; at++) {
        const join = joins.get((tokens[at] as number) * SHIFT + (tokens[at + 1] as number));
        if (join && (best === null || join.rank < best.rank)) best = { ...join, at };
      }
      if (best === null) break;
      tokens.splice(best.at, 2, best.to);
    }
    if (remembered.size < REMEMBERED) remembered.set(piece, tokens);
    return tokens;
  };

  return {
    kind: 'bpe',
    words,
    merges,
    encode: (text) => piecesOf(text).flatMap(encodePiece),
    decode: (tokens) =>
      textOf(tokens.filter((token) => token >= FIRST_BYTE).map((token) => words[token] ?? '')),
    shown: (token) => shown(words[token] ?? ''),
  };
}

/** Part of a character shows as its bytes. */
function shown(word: string): string {
  if ((SPECIAL as readonly string[]).includes(word)) return word;
  const text = textOf([word]);
  if (text.includes('\ufffd')) return word;
  return text.replaceAll(' ', '␣').replaceAll('\n', '↵').replaceAll('\t', '⇥') || word;
}
