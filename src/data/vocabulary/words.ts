/**
 * A vocabulary of words: lower-case words and punctuation marks, the most frequent of them. What is not among them becomes
 * `<unk>`, in prompts and responses alike; nothing is left out for that, and `coverage` tells how often it happens.
 */
import { asElsewhere } from './bytes.ts';
import { SPECIAL, type Vocabulary } from './vocabulary.ts';

export const UNKNOWN = '<unk>';
const UNKNOWN_ID = SPECIAL.length;

/** A word with inner apostrophes, or one other character that is no space. Written so that the `tokenizers` library reads it too. */
export const WORD_PATTERN = "[\\p{L}\\p{M}\\p{N}_]+(?:['’][\\p{L}\\p{M}\\p{N}_]+)*|[^\\s\\p{L}\\p{M}\\p{N}_]";
const WORD = new RegExp(asElsewhere(WORD_PATTERN), 'gu');
const BEFORE = new Set([...'.,;:!?)]}%…”’']);
const AFTER = new Set([...'([{$#@“‘']);
const ENDS = new Set([...'.!?']);

/** Letter by letter, as the `tokenizers` library does: a sigma at a word's end is no other letter. */
const lowered = (text: string): string => text.replaceAll('Σ', 'σ').toLowerCase();
const wordsIn = (text: string): string[] => lowered(text).match(WORD) ?? [];

/** The most frequent words of the texts, `size` with the special ones; of two that are as frequent, the one of lower code points. */
export function frequentWords(texts: Iterable<string>, size: number): string[] {
  const counts = new Map<string, number>();
  for (const text of texts) for (const word of wordsIn(text)) counts.set(word, (counts.get(word) ?? 0) + 1);
  const order = [...counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
  return [...SPECIAL, UNKNOWN, ...order.slice(0, Math.max(0, size - 4)).map(([word]) => word)];
}

export function wordVocabulary(words: readonly string[]): Vocabulary {
  const ids = new Map(words.map((word, id) => [word, id]));
  return {
    kind: 'words',
    words,
    merges: [],
    encode: (text) => wordsIn(text).map((word) => ids.get(word) ?? UNKNOWN_ID),
    decode: (tokens) =>
      joined(tokens.filter((token) => token >= UNKNOWN_ID).map((token) => words[token] ?? UNKNOWN)),
    shown: (token) => words[token] ?? UNKNOWN,
  };
}

/** Readable text: marks stand at their words, sentences begin with a capital. */
function joined(words: readonly string[]): string {
  let text = '';
  let glued = true;
  let begins = true;
  for (const word of words) {
    const shown = begins || word === 'i' ? word.charAt(0).toUpperCase() + word.slice(1) : word;
    text += glued || BEFORE.has(word) ? shown : ` ${shown}`;
    glued = AFTER.has(word);
    if (!AFTER.has(word) && word !== '"') begins = ENDS.has(word);
  }
  return text;
}
