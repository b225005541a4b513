/** Tokens as a text that `tokenizer.json` reads as them again, special words written out. */
import { SPECIAL, type Vocabulary } from './vocabulary.ts';

export function tokenText({ kind, words, decode }: Vocabulary, tokens: readonly number[]): string {
  if (kind === 'words') return tokens.map((token) => words[token]).join(' ');
  let text = '';
  let open: number[] = [];
  for (const token of tokens) {
    const special = SPECIAL[token];
    if (special === undefined) open.push(token);
    else {
      text += decode(open) + special;
      open = [];
    }
  }
  return text + decode(open);
}
