/** Pairs in a few flat arrays: small beside objects, and handed between workers without a copy. */
import type { PreferenceText } from '../dataset.ts';

export interface PackedPairs {
  /** Prompt, chosen and rejected of every pair, one after the other, as UTF-8. */
  bytes: Uint8Array<ArrayBuffer>;
  /** Three a pair: where each text ends in `bytes`. */
  ends: Uint32Array<ArrayBuffer>;
  /** One a pair; NaN stands for null. */
  margins: Float64Array<ArrayBuffer>;
  /** One a pair. */
  lines: Uint32Array<ArrayBuffer>;
}

/** A data set as it crosses between workers. */
export interface PackedDataset {
  /** The file's name, for people. */
  name: string;
  pairs: PackedPairs;
}

export const countOf = (packed: PackedPairs): number => packed.lines.length;

/** What `postMessage` takes as its list of transferables; the sender's arrays are empty afterwards. */
export const transferOf = ({ bytes, ends, margins, lines }: PackedPairs): ArrayBuffer[] => [
  bytes.buffer,
  ends.buffer,
  margins.buffer,
  lines.buffer,
];

const decoder = new TextDecoder();

/** Pair `i`, counted from 0. Throws RangeError where there is none. */
export function pairAt(packed: PackedPairs, i: number): PreferenceText {
  if (!(i >= 0 && i < countOf(packed))) throw new RangeError(`There is no pair ${i} of ${countOf(packed)}.`);
  const text = (k: number): string => {
    const at = 3 * i + k;
    return decoder.decode(packed.bytes.subarray(at === 0 ? 0 : packed.ends[at - 1], packed.ends[at]));
  };
  const margin = packed.margins[i] as number;
  return {
    prompt: text(0),
    chosen: text(1),
    rejected: text(2),
    margin: Number.isNaN(margin) ? null : margin,
    line: packed.lines[i] as number,
  };
}

export function unpacked(packed: PackedPairs): PreferenceText[] {
  return Array.from({ length: countOf(packed) }, (_, i) => pairAt(packed, i));
}

export function packed(pairs: readonly PreferenceText[]): PackedPairs {
  const packer = new Packer();
  for (const pair of pairs) packer.add(pair);
  return packer.finish();
}

const encoder = new TextEncoder();

/** Grows by doubling; `finish` cuts to size. */
export class Packer {
  #bytes = new Uint8Array(1 << 16);
  #used = 0;
  #ends = new Uint32Array(3 << 8);
  #margins = new Float64Array(1 << 8);
  #lines = new Uint32Array(1 << 8);
  #count = 0;

  get count(): number {
    return this.#count;
  }
  /** Bytes of text. */
  get size(): number {
    return this.#used;
  }

  add({ prompt, chosen, rejected, margin, line }: PreferenceText): void {
    const i = this.#count++;
    if (i === this.#lines.length) {
      this.#ends = grown(this.#ends, new Uint32Array(6 * i));
      this.#margins = grown(this.#margins, new Float64Array(2 * i));
      this.#lines = grown(this.#lines, new Uint32Array(2 * i));
    }
    this.#ends[3 * i] = this.#text(prompt);
    this.#ends[3 * i + 1] = this.#text(chosen);
    this.#ends[3 * i + 2] = this.#text(rejected);
    this.#margins[i] = margin ?? NaN;
    this.#lines[i] = line;
  }

  #text(text: string): number {
    // a UTF-16 unit takes at most 3 bytes
    const most = this.#used + 3 * text.length;
    if (most > this.#bytes.length) {
      this.#bytes = grown(this.#bytes, new Uint8Array(Math.max(most, 2 * this.#bytes.length)));
    }
    this.#used += encoder.encodeInto(text, this.#bytes.subarray(this.#used)).written;
    return this.#used;
  }

  finish(): PackedPairs {
    return {
      bytes: this.#bytes.slice(0, this.#used),
      ends: this.#ends.slice(0, 3 * this.#count),
      margins: this.#margins.slice(0, this.#count),
      lines: this.#lines.slice(0, this.#count),
    };
  }
}

function grown<T extends { set(from: T): void }>(from: T, to: T): T {
  to.set(from);
  return to;
}
