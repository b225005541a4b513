/** What can be said of the pairs that were read: how long they are, and which of them say the same or the opposite. */
import type { PackedPairs } from './packed.ts';
import { countOf, pairAt } from './packed.ts';

/** Smallest, quartiles, largest. */
export type Quartiles = [number, number, number, number, number];

export interface Lengths {
  characters: Quartiles;
  /** Between blanks. */
  words: Quartiles;
}

export interface PairSummary {
  /** Null where there are no pairs. */
  lengths: { prompt: Lengths; chosen: Lengths; rejected: Lengths } | null;
  prompts: number;
  /** Pairs that stood there before, prompt and order alike. */
  duplicates: number;
  /** Pairs of which the file said the opposite before. */
  contradictions: number;
  /** Pairs with a margin. */
  margins: number;
  /** Pairs whose margin says that the chosen response is no better. */
  marginsNotPositive: number;
}

export function summaryOf(packed: PackedPairs): PairSummary {
  const count = countOf(packed);
  const parts = { prompt: new Sizes(count), chosen: new Sizes(count), rejected: new Sizes(count) };
  const prompts = new Set<number>();
  /** The first pair of each hash. */
  const seen = new Map<number, number>();
  let duplicates = 0;
  let contradictions = 0;
  for (let i = 0; i < count; i++) {
    const { prompt, chosen, rejected } = pairAt(packed, i);
    const texts = { prompt, chosen, rejected };
    const hashes = { prompt: 0, chosen: 0, rejected: 0 };
    for (const part of ['prompt', 'chosen', 'rejected'] as const) hashes[part] = parts[part].add(texts[part]);
    prompts.add(hashes.prompt);
    const key = mixed(hashes.prompt, hashes.chosen, hashes.rejected);
    const opposite = mixed(hashes.prompt, hashes.rejected, hashes.chosen);
    const isThere = (hash: number, better: string, worse: string): boolean => {
      const first = seen.get(hash);
      if (first === undefined) return false;
      const one = pairAt(packed, first);
      return one.prompt === prompt && one.chosen === better && one.rejected === worse;
    };
    if (isThere(key, chosen, rejected)) duplicates++;
    if (isThere(opposite, rejected, chosen)) contradictions++;
    if (!seen.has(key)) seen.set(key, i);
  }
  const margins = packed.margins.filter((margin) => !Number.isNaN(margin));
  return {
    lengths:
      count === 0
        ? null
        : {
            prompt: parts.prompt.lengths(),
            chosen: parts.chosen.lengths(),
            rejected: parts.rejected.lengths(),
          },
    prompts: prompts.size,
    duplicates,
    contradictions,
    margins: margins.length,
    marginsNotPositive: margins.filter((margin) => margin <= 0).length,
  };
}

/** One number of three, of which each counts by its place. */
const mixed = (a: number, b: number, c: number): number =>
  (a % 4194301) * 2147483648 + ((b * 3 + c) % 2147483647);

class Sizes {
  readonly #characters: Uint32Array;
  readonly #words: Uint32Array;
  #count = 0;

  constructor(count: number) {
    this.#characters = new Uint32Array(count);
    this.#words = new Uint32Array(count);
  }

  /** Gives a number of 53 bits that stands for the text. */
  add(text: string): number {
    let [high, low] = [0x9e3779b9, 0x811c9dc5];
    let words = 0;
    let blank = true;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      low = Math.imul(low ^ code, 0x01000193);
      high = Math.imul(high ^ code, 0x85ebca6b) ^ (low >>> 15);
      const isBlank = code <= 32 || code === 0xa0 || code === 0x3000;
      if (blank && !isBlank) words++;
      blank = isBlank;
    }
    this.#characters[this.#count] = text.length;
    this.#words[this.#count++] = words;
    return (high >>> 11) * 0x100000000 + (low >>> 0);
  }

  lengths(): Lengths {
    return { characters: quartiles(this.#characters.sort()), words: quartiles(this.#words.sort()) };
  }
}

/** Of sorted values; between two of them where a quartile falls there. */
function quartiles(sorted: Uint32Array): Quartiles {
  const at = (share: number): number => {
    const place = share * (sorted.length - 1);
    const below = Math.floor(place);
    const [low = 0, high = low] = [sorted[below], sorted[below + 1]];
    return low + (place - below) * (high - low);
  };
  return [at(0), at(0.25), at(0.5), at(0.75), at(1)];
}
