/** Pairs in a few flat arrays: small beside objects, and handed between workers without a copy. */
import type { PreferenceText } from '../dataset.ts';

export interface PackedPairs {
  /**
   * Prompt, chosen and rejected of every pair, one after the other, as UTF-8, in pieces: one long array would be copied while
   * it grows and again when it is cut to size. Piece k holds the places from k * PIECE on; no text lies in two of them.
   */
  pieces: Uint8Array<ArrayBuffer>[];
  /** Three a pair: the place at which each text ends. It begins at the end of the one before, or with its piece. */
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
export const transferOf = ({ pieces, ends, margins, lines }: PackedPairs): ArrayBuffer[] => [
  ...pieces.map(({ buffer }) => buffer),
  ends.buffer,
  margins.buffer,
  lines.buffer,
];

/** Places of a piece; the longest text takes less (`LONGEST_TEXT` characters, each of at most 3 bytes). */
const PIECE = 4 * 2 ** 20;

const decoder = new TextDecoder();

/** Pair `i`, counted from 0. Throws RangeError where there is none. */
export function pairAt(packed: PackedPairs, i: number): PreferenceText {
  if (!(i >= 0 && i < countOf(packed))) throw new RangeError(`There is no pair ${i} of ${countOf(packed)}.`);
  const text = (k: number): string => {
    const at = 3 * i + k;
    const [before, end] = [at === 0 ? 0 : (packed.ends[at - 1] as number), packed.ends[at] as number];
    if (before === end) return '';
    const piece = Math.floor((end - 1) / PIECE);
    const from = Math.max(0, before - piece * PIECE);
    return decoder.decode((packed.pieces[piece] as Uint8Array).subarray(from, end - piece * PIECE));
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

/** Grows piece by piece; only the few numbers of each pair lie in arrays that double. */
export class Packer {
  readonly #pieces: Uint8Array<ArrayBuffer>[] = [];
  /** Place behind the last text. */
  #end = 0;
  #size = 0;
  #ends = new Uint32Array(3 << 8);
  #margins = new Float64Array(1 << 8);
  #lines = new Uint32Array(1 << 8);
  #count = 0;

  get count(): number {
    return this.#count;
  }
  /** Bytes of text. */
  get size(): number {
    return this.#size;
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

  /** Returns its end; a text that does not fit into what is left of the last piece begins another. */
  #text(text: string): number {
    if (text === '') return this.#end;
    const last = this.#pieces.length - 1;
    const from = this.#end - last * PIECE;
    const piece = this.#pieces[last];
    const { read, written } = piece
      ? encoder.encodeInto(text, piece.subarray(from))
      : { read: 0, written: 0 };
    if (read === text.length) return this.#take(this.#end + written, written);
    if (piece) this.#pieces[last] = piece.slice(0, from);
    const next = new Uint8Array(PIECE);
    this.#pieces.push(next);
    const all = encoder.encodeInto(text, next);
    if (all.read < text.length) throw new RangeError(`A text has more than ${PIECE} bytes.`);
    return this.#take((last + 1) * PIECE + all.written, all.written);
  }

  #take(end: number, bytes: number): number {
    this.#size += bytes;
    return (this.#end = end);
  }

  finish(): PackedPairs {
    const last = this.#pieces.length - 1;
    const cut = this.#pieces.map((piece, i) => (i < last ? piece : piece.slice(0, this.#end - last * PIECE)));
    return {
      pieces: cut,
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
