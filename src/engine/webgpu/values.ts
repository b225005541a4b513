/** Numbers of the caller to words of the arena and back, replica by replica. */
import { ShapeError } from '../../base/errors.ts';
import type { Values } from '../backend.ts';
import type { Operand } from '../plan.ts';
import { sizeOf } from '../types.ts';

/** Words from a tensor's first replica to the end of its last. */
export function extentOf(place: Operand, copies: number): number {
  return place.stride * (copies - 1) + sizeOf(place.shape);
}

/** How many replicas of a tensor there are in a program of `replicas`. */
export const copiesOf = (place: Operand, replicas: number): number => (place.stride > 0 ? replicas : 1);

/** A block of words to be filled with tensors. */
export class Writer {
  readonly bytes: ArrayBuffer;
  private readonly floats: Float32Array;
  private readonly integers: Int32Array;

  constructor(words: number) {
    this.bytes = new ArrayBuffer(words * 4);
    this.floats = new Float32Array(this.bytes);
    this.integers = new Int32Array(this.bytes);
  }

  put(what: string, place: Operand, copies: number, values: ArrayLike<number>): void {
    const size = sizeOf(place.shape);
    if (values.length !== size * copies) {
      throw new ShapeError(`${what}: expected ${size * copies} numbers, received ${values.length}`);
    }
    const into = place.dtype === 'i32' ? this.integers : this.floats;
    if (copies === 1) into.set(values, place.offset);
    else {
      for (let r = 0; r < copies; r++) {
        for (let i = 0; i < size; i++)
          into[place.offset + r * place.stride + i] = values[r * size + i] as number;
      }
    }
  }
}

/** A tensor out of a block of words, its replicas one after the other. */
export function take(block: ArrayBuffer, place: Operand, copies: number): Values {
  const from = place.dtype === 'i32' ? new Int32Array(block) : new Float32Array(block);
  const size = sizeOf(place.shape);
  if (copies === 1) return from.slice(place.offset, place.offset + size);
  const all = place.dtype === 'i32' ? new Int32Array(size * copies) : new Float32Array(size * copies);
  for (let r = 0; r < copies; r++) {
    const start = place.offset + r * place.stride;
    all.set(from.subarray(start, start + size), r * size);
  }
  return all;
}

/** The size of a transfer buffer for so many bytes: a little more, so that it fits the next time, too. */
export function powerOfTwo(bytes: number): number {
  let size = 256;
  while (size < bytes) size *= 2;
  return size;
}
