/**
 * What a vocabulary is: the words of a text and their ids. Types, and what all kinds share. Ids 0, 1, 2 are `<pad>`, `<bos>`,
 * `<eos>`, as in every world; encoding never gives them.
 */
export type VocabularyKind = 'words' | 'bpe';

/** All that makes a vocabulary what it is: plain data that crosses to a worker or goes into a file. */
export interface VocabularyData {
  kind: VocabularyKind;
  /** The index is the token id. */
  words: readonly string[];
  /** Of `bpe`: what was joined, in that order, two words with a space between; else empty. */
  merges: readonly string[];
}

export interface Vocabulary extends VocabularyData {
  /** Token ids of a text, no `<bos>` or `<eos>` added. */
  encode(text: string): number[];
  /** The text of the tokens, without special ones. */
  decode(tokens: readonly number[]): string;
  /** How one token is shown to people: spaces and ends of line are made visible. */
  shown(token: number): string;
}

export const SPECIAL = ['<pad>', '<bos>', '<eos>'] as const;
