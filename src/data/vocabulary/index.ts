/** Vocabularies: learned from texts, and made again from their data. */
import type { Checked } from '../../base/errors.ts';
import { bpeVocabulary, FEWEST_BPE, FIRST_BYTE } from './bpe.ts';
import { BYTE_CHARACTERS } from './bytes.ts';
import { trainBpe } from './train-bpe.ts';
import { SPECIAL, type Vocabulary, type VocabularyData, type VocabularyKind } from './vocabulary.ts';
import { frequentWords, UNKNOWN, wordVocabulary } from './words.ts';

export type { Vocabulary, VocabularyData, VocabularyKind } from './vocabulary.ts';

export const VOCABULARY_KINDS: readonly VocabularyKind[] = ['bpe', 'words'];
/** Words of a vocabulary, the special ones included. */
export const VOCABULARY_SIZES = {
  bpe: { min: FEWEST_BPE, default: 1024 },
  words: { min: 16, default: 2000 },
} as const;
export const MOST_WORDS = 8192;

/** `size`: most words that it is to have. */
export function learnVocabulary(kind: VocabularyKind, texts: Iterable<string>, size: number): Vocabulary {
  if (kind === 'words') return wordVocabulary(frequentWords(texts, size));
  const { words, merges } = trainBpe(texts, size);
  return bpeVocabulary(words, merges);
}

/** From data that may come from elsewhere. */
export function openVocabulary(data: VocabularyData): Checked<Vocabulary> {
  const mistake = vocabularyMistake(data);
  if (mistake !== null)
    return { ok: false, issues: [{ code: 'data/vocabulary', at: 'vocabulary', ...mistake, cure: CURE }] };
  const { kind, words, merges } = data;
  return { ok: true, value: kind === 'words' ? wordVocabulary(words) : bpeVocabulary(words, merges) };
}

const CURE = 'Take the tokenizer that was saved with this model or made from this file.';

function vocabularyMistake({
  kind,
  words,
  merges,
}: VocabularyData): { expected: string; received: string } | null {
  if (words.length > MOST_WORDS)
    return { expected: `at most ${MOST_WORDS} words`, received: String(words.length) };
  const fixed: readonly string[] = kind === 'words' ? [...SPECIAL, UNKNOWN] : SPECIAL;
  const misplaced = fixed.find((word, id) => words[id] !== word);
  if (misplaced !== undefined)
    return {
      expected: `${fixed.join(', ')} as the first words`,
      received: words.slice(0, fixed.length).join(', '),
    };
  if (new Set(words).size < words.length) return { expected: 'every word once', received: 'a word twice' };
  if (kind === 'words') return null;
  const all = new Set(words);
  if (!BYTE_CHARACTERS.every((character) => all.has(character)))
    return {
      expected: 'all 256 bytes among the words',
      received: `${words.length} words without some of them`,
    };
  const bad = merges.find((merge) => {
    const parts = merge.split(' ');
    return parts.length !== 2 || ![...parts, parts.join('')].every((part) => all.has(part));
  });
  if (bad !== undefined)
    return { expected: 'merges of two words into a third', received: JSON.stringify(bad) };
  if (words.length - FIRST_BYTE - 256 !== new Set(merges.map((merge) => merge.replace(' ', ''))).size)
    return { expected: 'a merge for each word that is no byte', received: `${merges.length} merges` };
  return null;
}

/** Tokens of some texts, and which share of them is known: 1 for `bpe`, which has them all. NaN without a token. */
export function coverage(
  vocabulary: Vocabulary,
  texts: Iterable<string>,
): { coverage: number; tokens: number } {
  const unknown = vocabulary.kind === 'words' ? vocabulary.words.indexOf(UNKNOWN) : -1;
  let [known, all] = [0, 0];
  for (const text of texts) {
    const tokens = vocabulary.encode(text);
    all += tokens.length;
    known += tokens.reduce((sum, token) => sum + (token === unknown ? 0 : 1), 0);
  }
  return { coverage: known / all, tokens: all };
}
