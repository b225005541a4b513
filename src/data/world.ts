/**
 * A world made of data. Its truth about a response is how often the file prefers it to another, less how often it prefers
 * another to it, for that prompt; the one rule, `labels`, prefers the higher.
 */
import type { Checked } from '../base/errors.ts';
import { stream } from '../base/random.ts';
import type { Asked, Example, Prompt, ResponsePair, Split, Tokens, World } from '../worlds/world.ts';
import { EOS } from '../worlds/world.ts';
import type { EncodedWorld } from './encoded-world.ts';
import { checkEncoded, listOf, longestOf, placesOf } from './encoded-world.ts';
import { openVocabulary, type Vocabulary } from './vocabulary/index.ts';
import { tokenText } from './vocabulary/token-text.ts';
import { writeTokenizerJson } from './vocabulary/tokenizer-json.ts';

export interface DataWorld extends World {
  stock: Readonly<Record<Split, number>>;
  /** The file's name. */
  file: string;
  vocabulary: Vocabulary;
}

/** Net preferences, which the rule reads; nothing that could be measured on a response of the model's own. */
const WINS = 'wins';

export function decodeWorld(encoded: EncodedWorld): Checked<DataWorld> {
  const vocabulary = openVocabulary(encoded.vocabulary);
  if (!vocabulary.ok) return vocabulary;
  const checked = checkEncoded(encoded);
  return checked.ok ? { ok: true, value: open(checked.value, vocabulary.value) } : checked;
}

/** As `decodeWorld`, of what was checked before: reading all numbers once more would hold up a page. */
export function openChecked(encoded: EncodedWorld): Checked<DataWorld> {
  const vocabulary = openVocabulary(encoded.vocabulary);
  return vocabulary.ok ? { ok: true, value: open(encoded, vocabulary.value) } : vocabulary;
}

function open(encoded: EncodedWorld, vocabulary: Vocabulary): DataWorld {
  const { name, file, context, pairs, training } = encoded;
  const stock = { train: training, 'held-out': pairs.length / 3 - training };
  const decode = (tokens: Tokens): string => vocabulary.decode(upToEnd(tokens));
  const prompts = promptsOf(encoded, decode);
  const wins = netWins(encoded);
  const responses: Tokens[] = [];
  // the same response is the same list each time: pairs are compared by it
  const response = (i: number): Tokens => (responses[i] ??= listOf(encoded.responses, i));

  const pair = (_seed: number, index: number, split: Split = 'train'): ResponsePair => {
    const at = 3 * ((index % stock[split]) + (split === 'train' ? 0 : training));
    const [prompt, chosen, rejected] = pairs.subarray(at, at + 3) as unknown as [number, number, number];
    // the sides say nothing of which was chosen
    const turned = (stream(0, 'sides of data', at).u32() & 1) === 1;
    const [a, b] = [response(turned ? rejected : chosen), response(turned ? chosen : rejected)];
    return { index, prompt: prompts[prompt] as Prompt, a, b };
  };

  let order: { of: string; places: number[] } = { of: '', places: [] };
  const corpus = (seed: number, index: number, split: Split = 'train'): Example => {
    const epoch = Math.floor(index / stock[split]);
    const of = `${seed} ${split} ${epoch}`;
    if (order.of !== of) {
      const places = Array.from({ length: stock[split] }, (_, i) => i);
      order = { of, places: stream(seed, 'corpus of data', epoch).shuffle(places) };
    }
    const place = order.places[index % stock[split]] as number;
    const at = 3 * (place + (split === 'train' ? 0 : training));
    return {
      prompt: prompts[pairs[at] as number] as Prompt,
      response: response(pairs[at + 1] as number),
    };
  };

  return {
    name,
    title: file,
    file,
    description: `${pairs.length / 3} pairs of ${file}, in ${vocabulary.words.length} words.`,
    words: vocabulary.words.map((_, token) => vocabulary.shown(token)),
    vocabulary,
    tokenizer: {
      words: vocabulary.words,
      spaced: vocabulary.kind === 'words',
      json: () => writeTokenizerJson(vocabulary),
      text: (tokens) => tokenText(vocabulary, tokens),
    },
    context,
    longestResponse: context - longestOf(encoded.prompts),
    prompts,
    attributes: [
      {
        key: 'length',
        label: 'length',
        low: 'short',
        high: 'long',
        help: 'Tokens of the response.',
      },
    ],
    rules: [
      {
        name: 'labels',
        title: 'The file’s labels',
        help: 'the response that the file chose more often, less how often it was rejected, for that prompt',
        utility: (scores) => scores[WINS] as number,
      },
    ],
    stock,
    encode: (text) => ({ ok: true, value: vocabulary.encode(text) }),
    decode,
    score: (prompt, response) => {
      const read = upToEnd(response);
      return { [WINS]: wins(prompt.tokens, response), length: read.length };
    },
    pair,
    corpus,
  };
}

function upToEnd(tokens: Tokens): Tokens {
  const end = tokens.indexOf(EOS);
  return end < 0 ? tokens : tokens.slice(0, end);
}

/**
 * A prompt is held out where no training pair has it. Text and tokens are read when they are asked for: a page that opens a
 * world of ten thousand prompts shows a few of them.
 */
function promptsOf(encoded: EncodedWorld, decode: (tokens: Tokens) => string): Prompt[] {
  const trained = new Set<number>();
  for (let p = 0; p < 3 * encoded.training; p += 3) trained.add(encoded.pairs[p] as number);
  return Array.from(encoded.prompts.ends, (_, i) => {
    let tokens: Tokens | null = null;
    let text: string | null = null;
    return {
      id: `prompt-${i + 1}`,
      get tokens() {
        return (tokens ??= listOf(encoded.prompts, i));
      },
      get text() {
        return (text ??= decode(this.tokens));
      },
      split: trained.has(i) ? 'train' : 'held-out',
    };
  });
}

/** For a prompt's and a response's tokens the net preferences; 0 for what is not in the file. Counted when first asked for. */
function netWins(encoded: EncodedWorld): (prompt: Asked['tokens'], response: Tokens) => number {
  const { prompts, responses, pairs } = encoded;
  const count = once(() => {
    /** By prompt, then response; as many responses as there are make one number of the two. */
    const wins = new Map<number, number>();
    for (let p = 0; p < pairs.length; p += 3) {
      for (const [side, won] of [
        [1, 1],
        [2, -1],
      ] as const) {
        const key = (pairs[p] as number) * responses.ends.length + (pairs[p + side] as number);
        wins.set(key, (wins.get(key) ?? 0) + won);
      }
    }
    return { wins, promptAt: placesOf(prompts), responseAt: placesOf(responses) };
  });
  return (prompt, response) => {
    const { wins, promptAt, responseAt } = count();
    const [asked, said] = [promptAt(prompt), responseAt(throughEnd(response))];
    if (asked < 0 || said < 0) return 0;
    return wins.get(asked * responses.ends.length + said) ?? 0;
  };
}

/** With its `<eos>`, if it has one, and nothing after that. */
const throughEnd = (response: Tokens): Tokens => response.slice(0, response.indexOf(EOS) + 1 || undefined);

function once<T>(make: () => T): () => T {
  let made: { value: T } | null = null;
  return () => (made ??= { value: make() }).value;
}
