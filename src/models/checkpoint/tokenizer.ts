/** `tokenizer.json` of a word-level vocabulary, as the Hugging Face tokenizers library reads it: words between spaces. Words of others are read, too. */
import { isObject, mistake, parseObject, quoted } from './mistake.ts';

const FILE = 'tokenizer.json';
const SPECIAL = ['<pad>', '<bos>', '<eos>'] as const;
/** `WordLevel` demands a name for unknown words; it need not be in the vocabulary, and then such a word is an error there. */
const UNKNOWN = '<unk>';
const OURS = 'Take the tokenizer that was saved with this model.';
/** Those that list their words by id: words between spaces or of a visitor's own data, and byte-level BPE. */
const TYPES: readonly unknown[] = ['WordLevel', 'BPE'];

/** Where the special words are. Throws CheckpointError when one is missing. */
export function specialIds(words: readonly string[]): { pad: number; bos: number; eos: number } {
  const [pad, bos, eos] = SPECIAL.map((word) => {
    const id = words.indexOf(word);
    if (id >= 0) return id;
    throw mistake(
      'vocabulary',
      `the word ${word}`,
      `${words.length} words without it`,
      'Add it to the words.',
    );
  }) as [number, number, number];
  return { pad, bos, eos };
}

/** The index of a word is its id. Throws CheckpointError on words that a reader could not find again. */
export function writeTokenizer(words: readonly string[]): string {
  const ids = new Map<string, number>();
  words.forEach((word, id) => {
    if (word === '' || /\s/u.test(word))
      throw mistake(`word ${id}`, 'text without spaces', quoted(word), 'Split it into words.');
    if (ids.has(word))
      throw mistake(`word ${id}`, 'a new word', `${quoted(word)} again`, 'Leave the second one out.');
    ids.set(word, id);
  });
  const special = [...Object.values(specialIds(words))].sort((a, b) => a - b);
  const json = {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: special.map((id) => ({
      id,
      content: words[id],
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: null,
    pre_tokenizer: { type: 'WhitespaceSplit' },
    post_processor: null,
    decoder: null,
    model: { type: 'WordLevel', vocab: Object.fromEntries(ids), unk_token: UNKNOWN },
  };
  return `${JSON.stringify(json, null, 2)}\n`;
}

/** Names no unknown word: transformers would add it as a word past the embedding's end. */
export function writeTokenizerConfig(context: number): string {
  const [pad_token, bos_token, eos_token] = SPECIAL;
  const json = {
    tokenizer_class: 'PreTrainedTokenizerFast',
    model_max_length: context,
    clean_up_tokenization_spaces: false,
    pad_token,
    bos_token,
    eos_token,
  };
  return `${JSON.stringify(json, null, 2)}\n`;
}

/** The words in the order of their ids, however texts are cut into them. The ids must be 0, 1, 2, ... Throws CheckpointError. */
export function readTokenizer(text: string): string[] {
  const { model } = parseObject(FILE, text, OURS);
  const type = isObject(model) ? model['type'] : undefined;
  if (!isObject(model) || !TYPES.includes(type) || !isObject(model['vocab']))
    throw mistake(`${FILE}, model.type`, '"WordLevel" or "BPE" with a vocab', quoted(type), OURS);
  const entries = Object.entries(model['vocab']);
  const words: string[] = [];
  for (const [word, id] of entries) {
    const free = Number.isInteger(id) && (id as number) >= 0 && (id as number) < entries.length;
    if (!free || words[id as number] !== undefined) {
      const expected = `an id of its own from 0 to ${entries.length - 1}`;
      throw mistake(`${FILE}, word ${quoted(word)}`, expected, quoted(id), OURS);
    }
    words[id as number] = word;
  }
  return words;
}
