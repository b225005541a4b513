/** Tokenizers of a visitor's own data, and texts that are hard on them, for the Hugging Face library to cut. */
import { stream } from '../../src/base/random.ts';
import { learnVocabulary, type Vocabulary, type VocabularyKind } from '../../src/data/vocabulary/index.ts';
import { writeTokenizerJson } from '../../src/data/vocabulary/tokenizer-json.ts';
import { smallDataset, textsOf } from './small-data.ts';

const PARTS = [
  'Of course', 'of', ' ', '  ', '\n', '\n\n', '\t', '\r\n', '\u00a0', '\u2003', '.', '!?', '…', "don't", '’tis', "'s", 'I’ve', '  leading', 'trailing  ',
  'naïve', 'cafe\u0301', 'ÉCOLE', 'Straße', 'İstanbul', 'ΣΟΦΟΣ', 'привет', '日本語', '中文，标点。', '한국어', 'עברית', 'العربية', 'हिन्दी', 'ไทย',
  '🙂', '👩‍👩‍👧', '🇩🇪', '🏽', '\u200d', '\ufeff', '.\ufeff', '\u0085', '\u0085a', '\ufffd', '①②', '²', '٣', '1234567', '3.14', 'x=1;', '<b>', '&amp;', '"quoted"', '(a) [b] {c}', 'snake_case', 'a-b', '\\n', 'e\u0301\u0300', '\u0000', '\u007f',
  'tea', 'soup', 'right away.', 'Get it yourself.', 'number 7?', 'Assistant: ', 'User: ',
]; // prettier-ignore

/** At least half of them begin or end with space, or hold something beyond ASCII. */
export function hardTexts(count = 200): string[] {
  const random = stream(5, 'hard texts');
  return Array.from({ length: count }, (_, i) =>
    i < PARTS.length
      ? (PARTS[i] as string)
      : Array.from({ length: 1 + random.integer(9) }, () => random.pick(PARTS)).join(
          random.uniform() < 0.5 ? ' ' : '',
        ),
  );
}

const SIZES = { bpe: 500, words: 200 } as const;

export function hardVocabulary(kind: VocabularyKind): Vocabulary {
  return learnVocabulary(kind, [...textsOf(smallDataset()), ...hardTexts(120)], SIZES[kind]);
}

export const tokenizerCases = (): string =>
  `${JSON.stringify({
    tokenizers: {
      bpe: writeTokenizerJson(hardVocabulary('bpe')),
      words: writeTokenizerJson(hardVocabulary('words')),
    },
    texts: hardTexts(),
  })}\n`;
