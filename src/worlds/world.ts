/**
 * What a world is: a little language with prompts, a truth about every response, and named tastes over that truth. Types,
 * and the three ids that all worlds share. A world that is built in is one folder (`index.ts` here says how it is found) and
 * has a grammar; one made of a visitor's own data (`src/data`) has a finite stock and no grammar.
 */
import type { Checked } from '../base/errors.ts';
import type { Stream } from '../base/random.ts';

/** Token ids that every world shares: the first three entries of its `words`. */
export const PAD = 0;
export const BOS = 1;
export const EOS = 2;

export type Tokens = readonly number[];

/** `held-out` prompts never occur in what the base model was pretrained on, nor in the stock of training pairs. */
export type Split = 'train' | 'held-out';

export interface Prompt {
  /** Stable and readable: it stands in links and label logs. */
  id: string;
  text: string;
  /** Starts with `<bos>`. */
  tokens: Tokens;
  split: Split;
}

/** Anything that carries a prompt's tokens: one of the world's prompts, or one that a visitor typed. */
export type Asked = Pick<Prompt, 'tokens'>;

/** One thing that can be measured on a response. */
export interface Attribute {
  key: string;
  label: string;
  /** What the two ends of the scale are called. */
  low: string;
  high: string;
  /** One sentence: what a higher score means, and how it is computed. */
  help: string;
}

/** A score for every attribute of the world, by key. */
export type Scores = Readonly<Record<string, number>>;

/** A taste: of two responses to one prompt it prefers the one with the higher utility; equal utilities are a tie. */
export interface PreferenceRule {
  name: string;
  title: string;
  /** One sentence, completing "It prefers ...". */
  help: string;
  utility(scores: Scores): number;
}

export interface Parsed {
  ok: true;
}

export interface ParseFailure {
  ok: false;
  /** Index into the response of the first token that no grammatical response has at this place; its length if it ends too soon. */
  at: number;
  /** The word found there: `<eos>` if it ends too soon, `end of text` if it breaks off without one. */
  received: string;
  /** The words that could have stood there, in vocabulary order. */
  expected: readonly string[];
  /** A sentence for people. */
  why: string;
}

/**
 * Two different responses to one prompt. Tokens of a response hold no prompt and end with `<eos>`, unless the context cut
 * them off before it.
 */
export interface ResponsePair {
  index: number;
  prompt: Prompt;
  a: Tokens;
  b: Tokens;
}

export interface Example {
  prompt: Prompt;
  response: Tokens;
}

/** What a list of worlds says of one. */
export interface AboutWorld {
  name: string;
  title: string;
  /** One sentence. */
  description: string;
  /** Its place in lists; the first is what pages open with. */
  order: number;
}

/** What every run needs of a world. */
export interface World extends Omit<AboutWorld, 'order'> {
  /** The vocabulary; the index is the token id. Starts with `<pad>`, `<bos>`, `<eos>`. */
  words: readonly string[];
  /**
   * How texts become tokens, where `words` are not just words between spaces: the words to the letter, and `tokenizer.json`.
   * `text`: what that reads as these tokens again. `spaced`: more spaces between words mean nothing to it.
   */
  tokenizer?: {
    words: readonly string[];
    spaced: boolean;
    json(): string;
    text(tokens: Tokens): string;
  };
  /** Most tokens of prompt and response together, `<bos>` and `<eos>` included. */
  context: number;
  /** Most tokens of a response, `<eos>` included: the same for every prompt. */
  longestResponse: number;
  prompts: readonly Prompt[];
  attributes: readonly Attribute[];
  rules: readonly PreferenceRule[];
  /** Different pairs that there are of each split; null where they never run out. */
  stock: Readonly<Record<Split, number>> | null;
  /** Token ids of a text, no `<bos>` or `<eos>` added; a word outside the vocabulary is an issue that names it. */
  encode(text: string): Checked<number[]>;
  /** Readable text: sentences capitalised, punctuation attached, special tokens left out. */
  decode(tokens: Tokens): string;
  /** The truth about a response, from tokens alone; defined for ungrammatical ones too. Reading stops at `<eos>`. */
  score(prompt: Asked, response: Tokens): Scores;
  /** Whether the response (with its `<eos>`) is grammatical; absent where the world has no grammar. */
  parse?(prompt: Asked, response: Tokens): Parsed | ParseFailure;
  /**
   * Stock pair `index` under `seed` (`train` unless said otherwise): independent of all other pairs. A finite stock is in
   * one fixed order whatever the seed, and begins anew at its end.
   */
  pair(seed: number, index: number, split?: Split): ResponsePair;
  /**
   * Pretraining text `index` under `seed`: endless; the prompt is of the split (`train` unless said otherwise). A finite
   * stock gives each of its texts once before any comes again.
   */
  corpus(seed: number, index: number, split?: Split): Example;
}

/** A model's words to the letter: what its files name. `words` are what people are shown. */
export const modelWords = ({ words, tokenizer }: Pick<World, 'words' | 'tokenizer'>): readonly string[] =>
  tokenizer?.words ?? words;

/** As a file of a model carries it: its words, and its tokenizer.json where they are not just what stands between spaces. */
export const modelVocabulary = (
  world: Pick<World, 'words' | 'tokenizer'>,
): { words: readonly string[]; tokenizer?: string } => ({
  words: modelWords(world),
  ...(world.tokenizer && { tokenizer: world.tokenizer.json() }),
});

/** A world whose responses all come from a grammar: pairs and texts never run out. */
export interface GrammarWorld extends World {
  stock: null;
  /** Whether the response (with its `<eos>`) is grammatical; if not, where it goes wrong and why. */
  parse(prompt: Asked, response: Tokens): Parsed | ParseFailure;
  /** One grammatical response, with its `<eos>`. Reads as many numbers from the stream as it needs. */
  generate(stream: Stream, prompt: Asked): number[];
  /**
   * Log-probability that `generate` makes this response. Its mean over the corpus, per token, is what no model can beat
   * by more than luck: the floor under every perplexity.
   */
  logLikelihood(prompt: Asked, response: Tokens): number;
}
