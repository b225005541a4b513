/**
 * The compact form of a world made of data: tokens, not text, in a few typed arrays that cross to a worker at little cost.
 * Its digest is the world's name: the same file, vocabulary and context give the same name everywhere.
 */
import { digest } from '../base/digest.ts';
import type { Checked, Issue } from '../base/errors.ts';
import { BOS, EOS } from '../worlds/world.ts';
import type { VocabularyData } from './vocabulary/index.ts';

/** Grows when old data would mean something else: the name begins with its digest. */
const FORMAT = 1;

/** Lists of tokens, one after the other: list i ends before `ends[i]`. */
export interface TokenLists {
  tokens: Uint16Array;
  ends: Uint32Array;
}

export interface EncodedWorld {
  name: string;
  /** The file's name, for people; no part of the digest. */
  file: string;
  vocabulary: VocabularyData;
  context: number;
  /** Each begins with `<bos>`. */
  prompts: TokenLists;
  responses: TokenLists;
  /** Three numbers a pair: prompt, chosen and rejected response. In the order of the stock: training pairs, then held-out ones. */
  pairs: Uint32Array;
  /** How many of the pairs are for training. */
  training: number;
}

export function nameOf(world: Omit<EncodedWorld, 'name' | 'file'>): string {
  const { vocabulary, context, prompts, responses, pairs, training } = world;
  const { kind, words, merges } = vocabulary;
  const head = new TextEncoder().encode(JSON.stringify([FORMAT, kind, words, merges, context, training]));
  const arrays = [prompts.tokens, prompts.ends, responses.tokens, responses.ends, pairs];
  const parts = [head, ...arrays.map(littleEndian)];
  const lengths = new TextEncoder().encode(parts.map(({ length }) => length).join());
  const all = new Uint8Array(lengths.length + parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of [lengths, ...parts]) {
    all.set(part, at);
    at += part.length;
  }
  return `data-${digest(all)}`;
}

/** Every browser's machine is little-endian; should one not be, its names must still be the same. */
function littleEndian(values: Uint16Array | Uint32Array): Uint8Array {
  const bytes = new Uint8Array(values.byteLength);
  const view = new DataView(bytes.buffer);
  if (values instanceof Uint16Array) values.forEach((value, i) => view.setUint16(2 * i, value, true));
  else values.forEach((value, i) => view.setUint32(4 * i, value, true));
  return bytes;
}

export function packLists(lists: readonly (readonly number[])[]): TokenLists {
  const ends = new Uint32Array(lists.length);
  let total = 0;
  lists.forEach((list, i) => (ends[i] = total += list.length));
  const tokens = new Uint16Array(total);
  lists.forEach((list, i) => tokens.set(list, i === 0 ? 0 : ends[i - 1]));
  return { tokens, ends };
}

export const listOf = ({ tokens, ends }: TokenLists, i: number): number[] =>
  Array.from(tokens.subarray(i === 0 ? 0 : ends[i - 1], ends[i]));

/** Tokens of the longest list. */
export const longestOf = ({ ends }: TokenLists): number =>
  ends.reduce((most, end, i) => Math.max(most, end - startOf(ends, i)), 0);

const startOf = (ends: Uint32Array, i: number): number => (i === 0 ? 0 : (ends[i - 1] as number));

/** Gives a function from tokens to the number of the list that has just these; -1 where none has. */
export function placesOf({ tokens, ends }: TokenLists): (list: readonly number[]) => number {
  const NONE = -1;
  const firstOf = new Map<number, number>();
  /** Of each list the one before it with the same hash. */
  const before = new Int32Array(ends.length);
  for (let i = 0; i < ends.length; i++) {
    const hash = hashOf(tokens, startOf(ends, i), ends[i] as number);
    before[i] = firstOf.get(hash) ?? NONE;
    firstOf.set(hash, i);
  }
  const same = (list: readonly number[], i: number): boolean => {
    const start = startOf(ends, i);
    return list.length === (ends[i] as number) - start && list.every((one, k) => one === tokens[start + k]);
  };
  return (list) => {
    let i = firstOf.get(hashOf(list, 0, list.length)) ?? NONE;
    while (i !== NONE && !same(list, i)) i = before[i] as number;
    return i;
  };
}

/** FNV-1a in 32 bits, over whole tokens. */
function hashOf(tokens: ArrayLike<number>, start: number, end: number): number {
  let hash = 0x811c9dc5;
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ (tokens[i] as number), 0x01000193);
  return hash;
}

/** Whether the numbers hang together and the name is theirs; whoever made it, nothing later reads outside of it. */
export function checkEncoded(world: EncodedWorld): Checked<EncodedWorld> {
  const issue = (at: string, expected: string, received: string): Checked<EncodedWorld> => {
    const cure = 'Open the file again; what was kept of it is damaged.';
    const found: Issue = { code: 'data/damaged', at, expected, received, cure };
    return { ok: false, issues: [found] };
  };
  const { vocabulary, context, prompts, responses, pairs, training } = world;
  const words = vocabulary.words.length;
  for (const [at, { tokens, ends }] of [
    ['prompts', prompts],
    ['responses', responses],
  ] as const) {
    const risen = ends.every((end, i) => end > (i === 0 ? 0 : (ends[i - 1] as number)));
    if (!risen || ends.at(-1) !== tokens.length) return issue(at, 'lists with rising ends', 'others');
    if (tokens.some((token) => token >= words)) return issue(at, `tokens below ${words}`, 'higher ones');
  }
  if (pairs.length === 0 || pairs.length % 3 !== 0 || training < 1 || training > pairs.length / 3)
    return issue('pairs', 'three numbers a pair, some for training', `${pairs.length} numbers, ${training}`);
  for (let p = 0; p < pairs.length; p += 3) {
    const [prompt, chosen, rejected] = pairs.subarray(p, p + 3) as unknown as [number, number, number];
    const inRange = prompt < prompts.ends.length && Math.max(chosen, rejected) < responses.ends.length;
    if (!inRange || chosen === rejected)
      return issue(`pair ${p / 3}`, 'a prompt and two responses', 'others');
    const asked = listOf(prompts, prompt);
    if (asked[0] !== BOS || asked.includes(EOS))
      return issue(`prompt ${prompt}`, '<bos> first, no <eos>', 'others');
    const longest = Math.max(...[chosen, rejected].map((r) => listOf(responses, r).length));
    if (asked.length + longest > context)
      return issue(`pair ${p / 3}`, `at most ${context} tokens`, String(asked.length + longest));
  }
  const name = nameOf(world);
  return name === world.name ? { ok: true, value: world } : issue('name', name, world.name);
}
