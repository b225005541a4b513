/**
 * A world made of data. Its truth about a response is how often the file prefers it to another, less how often it prefers
 * another to it, for that prompt; the one rule, `labels`, prefers the higher.
 */
import type { Checked } from '../base/errors.ts';
import { stream } from '../base/random.ts';
import type { Asked, Example, Prompt, ResponsePair, Split, Tokens, World } from '../worlds/world.ts';
import { EOS } from '../worlds/world.ts';
import type { EncodedWorld } from './encoded-world.ts';
import { checkEncoded, listOf } from './encoded-world.ts';
import { openVocabulary, type Vocabulary } from './vocabulary/index.ts';
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

function open(encoded: EncodedWorld, vocabulary: Vocabulary): DataWorld {
  const { name, file, context, pairs, training } = encoded;
  const stock = { train: training, 'held-out': pairs.length / 3 - training };
  const decode = (tokens: Tokens): string => vocabulary.decode(upToEnd(tokens));
  const prompts = promptsOf(encoded, decode);
  const wins = netWins(encoded);
  const responses = Array.from(encoded.responses.ends, (_, i) => listOf(encoded.responses, i));

  const pair = (_seed: number, index: number, split: Split = 'train'): ResponsePair => {
    const at = 3 * ((index % stock[split]) + (split === 'train' ? 0 : training));
    const [prompt, chosen, rejected] = pairs.subarray(at, at + 3) as unknown as [number, number, number];
    // the sides say nothing of which was chosen
    const turned = (stream(0, 'sides of data', at).u32() & 1) === 1;
    const [a, b] = [responses[turned ? rejected : chosen], responses[turned ? chosen : rejected]];
    return { index, prompt: prompts[prompt] as Prompt, a: a as Tokens, b: b as Tokens };
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
      response: responses[pairs[at + 1] as number] as Tokens,
    };
  };

  return {
    name,
    title: file,
    file,
    description: `${pairs.length / 3} pairs of ${file}, in ${vocabulary.words.length} words.`,
    words: vocabulary.words.map((_, token) => vocabulary.shown(token)),
    vocabulary,
    tokenizer: { words: vocabulary.words, json: () => writeTokenizerJson(vocabulary) },
    context,
    longestResponse: context - Math.max(...prompts.map(({ tokens }) => tokens.length)),
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

/** A prompt is held out where no training pair has it. */
function promptsOf(encoded: EncodedWorld, decode: (tokens: Tokens) => string): Prompt[] {
  const trained = new Set<number>();
  for (let p = 0; p < 3 * encoded.training; p += 3) trained.add(encoded.pairs[p] as number);
  return Array.from(encoded.prompts.ends, (_, i) => {
    const tokens = listOf(encoded.prompts, i);
    return {
      id: `prompt-${i + 1}`,
      text: decode(tokens),
      tokens,
      split: trained.has(i) ? 'train' : 'held-out',
    };
  });
}

/** For a prompt's and a response's tokens the net preferences; 0 for what is not in the file. */
function netWins({
  prompts,
  responses,
  pairs,
}: EncodedWorld): (prompt: Asked['tokens'], response: Tokens) => number {
  const key = (prompt: Tokens, response: Tokens): string =>
    String.fromCharCode(...prompt, 0, ...response.slice(0, response.indexOf(EOS) + 1 || undefined));
  const wins = new Map<string, number>();
  for (let p = 0; p < pairs.length; p += 3) {
    const prompt = listOf(prompts, pairs[p] as number);
    for (const [side, won] of [
      [1, 1],
      [2, -1],
    ] as const) {
      const at = key(prompt, listOf(responses, pairs[p + side] as number));
      wins.set(at, (wins.get(at) ?? 0) + won);
    }
  }
  return (prompt, response) => wins.get(key(prompt, response)) ?? 0;
}
