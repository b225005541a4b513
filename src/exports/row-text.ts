/** A prompt and its responses as text of a row, for trainers that join the two without anything between. */
import type { Tokens, World } from '../worlds/world.ts';

export interface RowText {
  prompt: string;
  /** Of a response: with what separates it from the prompt. */
  of(response: Tokens): string;
}

/** As the world's tokenizer.json reads them, with `<bos>` and `<eos>` written out. */
export function tokenRow(prompt: Tokens, world: Pick<World, 'words' | 'tokenizer'>): RowText {
  const { tokenizer } = world;
  if (tokenizer === undefined || tokenizer.spaced) {
    const words = (tokens: Tokens): string =>
      tokenizer?.text(tokens) ?? tokens.map((token) => world.words[token] as string).join(' ');
    return { prompt: words(prompt), of: (response) => ` ${words(response)}` };
  }
  // a trainer cuts where the prompt's own tokens end: a space there would become part of the response's first word
  const asked = tokenizer.text(prompt);
  const end = asked.trimEnd();
  const between = asked.slice(end.length);
  return { prompt: end, of: (response) => between + tokenizer.text(response) };
}

/** For people and for other models. Where a text comes back to the letter, nothing is put between the two. */
export function readableRow(prompt: { text: string }, world: Pick<World, 'decode' | 'tokenizer'>): RowText {
  const between = world.tokenizer?.spaced === false || /\s$/.test(prompt.text) ? '' : ' ';
  return { prompt: prompt.text, of: (response) => between + world.decode(response) };
}
