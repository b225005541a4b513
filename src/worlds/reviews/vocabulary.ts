/** The words of the world and their ids: everything that the grammar and the prompts can say, and nothing else. */
import type { Checked } from '../../base/errors.ts';
import { readGrammar, terminals } from '../grammar/grammar.ts';
import { BOS, EOS, type Tokens } from '../world.ts';
import { PHRASINGS } from './phrasings.ts';
import { SENTENCES } from './sentences.ts';
import { TOPICS } from './topics.ts';

export const START = 'review';
export const GRAMMAR = readGrammar(SENTENCES, START);

const MARKS = ['.', ',', '!', '?', ':'];

const spoken = new Set<string>([
  ...terminals(GRAMMAR),
  ...TOPICS,
  ...PHRASINGS.flatMap((phrasing) => phrasing.split(' ')),
]);
for (const mark of [...MARKS, '*']) spoken.delete(mark);

/** Special tokens, punctuation, then words by their UTF-16 units: adding a word moves others, so it needs a new base model. */
export const WORDS: readonly string[] = ['<pad>', '<bos>', '<eos>', ...MARKS, ...[...spoken].sort()];

const ids = new Map(WORDS.map((word, id) => [word, id]));

/** For words known to be in the vocabulary. */
export function idOf(word: string): number {
  return ids.get(word) as number;
}

/** The words of a response up to its `<eos>`. */
export function wordsOf(tokens: Tokens): string[] {
  const end = tokens.indexOf(EOS);
  return (end < 0 ? tokens : tokens.slice(0, end)).map((token) => WORDS[token] ?? '<unknown>');
}

export function encode(text: string): Checked<number[]> {
  const found =
    text
      .toLowerCase()
      .replaceAll('’', "'")
      .match(/<\w+>|[\w']+|[^\s\w]/g) ?? ([] as string[]);
  const unknown = found.filter((word) => !ids.has(word));
  if (unknown.length === 0) return { ok: true, value: found.map(idOf) };
  return {
    ok: false,
    issues: [...new Set(unknown)].map((word) => ({
      code: 'world/unknown-word',
      at: `word ${found.indexOf(word) + 1}`,
      expected: `one of the ${WORDS.length} words of this world`,
      received: `"${word}"`,
      cure: 'Use a word that the reviews use; the list of words shows them all.',
    })),
  };
}

export function decode(tokens: Tokens): string {
  let text = '';
  let startsSentence = true;
  for (const word of wordsOf(tokens[0] === BOS ? tokens.slice(1) : tokens)) {
    if (word === '<pad>' || word === '<bos>') continue;
    if (MARKS.includes(word)) {
      text += word;
      if (word === '.' || word === '!' || word === '?') startsSentence = true;
      continue;
    }
    const shown = startsSentence || word === 'i' ? word.charAt(0).toUpperCase() + word.slice(1) : word;
    text += text === '' ? shown : ` ${shown}`;
    startsSentence = false;
  }
  return text;
}
