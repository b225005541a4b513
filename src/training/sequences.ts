/** Prompts with responses as the rows that programs read: inputs, the word to predict at each place, and which count. */
import type { Tokens } from '../worlds/world.ts';
import { PAD } from '../worlds/world.ts';

/** Rows of `length` numbers, one after the other. */
export interface SequenceRows {
  rows: number;
  length: number;
  tokens: Int32Array;
  targets: Int32Array;
  /** 1 where the target belongs to the response (`<eos>` included), else 0. */
  mask: Float32Array;
}

export interface Sequence {
  prompt: Tokens;
  response: Tokens;
}

/** Pads each sequence to `length` predictions; a longer one throws RangeError. */
export function sequenceRows(sequences: readonly Sequence[], length: number): SequenceRows {
  const size = sequences.length * length;
  const tokens = new Int32Array(size).fill(PAD);
  const targets = new Int32Array(size).fill(PAD);
  const mask = new Float32Array(size);
  sequences.forEach(({ prompt, response }, row) => {
    const all = [...prompt, ...response];
    if (all.length - 1 > length)
      throw new RangeError(`sequence ${row} has ${all.length - 1} predictions, more than ${length}`);
    for (let t = 0; t + 1 < all.length; t++) {
      tokens[row * length + t] = all[t] as number;
      targets[row * length + t] = all[t + 1] as number;
      mask[row * length + t] = t + 1 >= prompt.length ? 1 : 0;
    }
  });
  return { rows: sequences.length, length, tokens, targets, mask };
}

/** Sum over the response of one row of per-token numbers. */
export function rowSum(rows: SequenceRows, values: ArrayLike<number>, row: number): number {
  let sum = 0;
  for (let t = row * rows.length; t < (row + 1) * rows.length; t++) {
    if (rows.mask[t] === 1) sum += values[t] as number;
  }
  return sum;
}

/** The place of each target within its response, from 1; 0 where the mask is 0. */
export function positions({ rows, length, mask }: SequenceRows): Float32Array {
  const places = new Float32Array(rows * length);
  for (let row = 0; row < rows; row++) {
    let place = 0;
    for (let t = row * length; t < (row + 1) * length; t++) if (mask[t] === 1) places[t] = ++place;
  }
  return places;
}
