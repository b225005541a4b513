/** `tokenizer.json` of a vocabulary, as the Hugging Face tokenizers library reads it, and back. */
import type { Checked, Issue } from '../../base/errors.ts';
import type { Vocabulary, VocabularyData } from './index.ts';
import { openVocabulary } from './index.ts';
import { SPECIAL } from './vocabulary.ts';
import { UNKNOWN, WORD_PATTERN } from './words.ts';

/** Cuts out what matches, each match a word of its own; spaces between are thrown away. */
const WORDS_BY_PATTERN = {
  type: 'Sequence',
  pretokenizers: [
    { type: 'Split', pattern: { Regex: WORD_PATTERN }, behavior: 'Isolated', invert: false },
    { type: 'Split', pattern: { Regex: '\\s+' }, behavior: 'Removed', invert: false },
  ],
};
const BYTE_LEVEL = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true };

const PARTS = {
  words: { normalizer: { type: 'Lowercase' }, pre_tokenizer: WORDS_BY_PATTERN, decoder: null },
  bpe: { normalizer: null, pre_tokenizer: BYTE_LEVEL, decoder: BYTE_LEVEL },
} as const;

export function writeTokenizerJson({ kind, words, merges }: VocabularyData): string {
  const vocab = Object.fromEntries(words.map((word, id) => [word, id]));
  const model =
    kind === 'words'
      ? { type: 'WordLevel', vocab, unk_token: UNKNOWN }
      : {
          type: 'BPE',
          dropout: null,
          unk_token: null,
          continuing_subword_prefix: null,
          end_of_word_suffix: null,
          fuse_unk: false,
          byte_fallback: false,
          vocab,
          merges,
        };
  const { normalizer, pre_tokenizer, decoder } = PARTS[kind];
  const json = {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: (kind === 'words' ? [...SPECIAL, UNKNOWN] : SPECIAL).map((content, id) => ({
      id,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: content !== UNKNOWN,
    })),
    normalizer,
    pre_tokenizer,
    post_processor: null,
    decoder,
    model,
  };
  return `${JSON.stringify(json, null, 2)}\n`;
}

const CURE = 'Take a tokenizer.json that this page saved.';

function refuse(at: string, expected: string, received: string): { ok: false; issues: Issue[] } {
  return {
    ok: false,
    issues: [{ code: 'data/tokenizer', at: `tokenizer.json, ${at}`, expected, received, cure: CURE }],
  };
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Of the two forms that `writeTokenizerJson` writes; merges may also be lists of two words, as newer versions of the library save them. */
export function readTokenizerJson(text: string): Checked<Vocabulary> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return refuse('text', 'JSON', String(error));
  }
  const model = isObject(json) ? json['model'] : undefined;
  if (!isObject(json) || !isObject(model))
    return refuse('model', 'an object', JSON.stringify(model) ?? 'nothing');
  const kind = model['type'] === 'WordLevel' ? 'words' : model['type'] === 'BPE' ? 'bpe' : null;
  if (kind === null)
    return refuse('model.type', '"WordLevel" or "BPE"', JSON.stringify(model['type']) ?? 'nothing');
  const wanted = PARTS[kind].pre_tokenizer.type;
  const cut = json['pre_tokenizer'];
  if (!isObject(cut) || cut['type'] !== wanted)
    return refuse(
      'pre_tokenizer.type',
      `"${wanted}"`,
      isObject(cut) ? JSON.stringify(cut['type']) : 'nothing',
    );
  const words = wordsById(model['vocab']);
  if (words === null) return refuse('model.vocab', 'words with the ids 0, 1, 2, ...', 'something else');
  const merges = kind === 'bpe' ? mergesOf(model['merges']) : [];
  if (merges === null) return refuse('model.merges', 'pairs of words', 'something else');
  return openVocabulary({ kind, words, merges });
}

function wordsById(vocab: unknown): string[] | null {
  if (!isObject(vocab)) return null;
  const entries = Object.entries(vocab);
  const words: string[] = [];
  for (const [word, id] of entries) {
    if (!Number.isInteger(id) || (id as number) < 0 || (id as number) >= entries.length) return null;
    if (words[id as number] !== undefined) return null;
    words[id as number] = word;
  }
  return words;
}

function mergesOf(merges: unknown): string[] | null {
  if (!Array.isArray(merges)) return null;
  const read = merges.map((merge: unknown) => (Array.isArray(merge) ? merge.join(' ') : merge));
  return read.every((merge): merge is string => typeof merge === 'string') ? read : null;
}
