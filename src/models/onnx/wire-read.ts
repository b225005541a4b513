/**
 * Reading protobuf that may come from a stranger: every length is held against what is left before anything is done with
 * it, nothing is copied, and a range of bytes is walked once (https://protobuf.dev/programming-guides/encoding).
 */
import { DAMAGED, refuse } from './mistake.ts';

/** A stretch of the file. */
export interface Range {
  file: Uint8Array;
  start: number;
  end: number;
}

export const sizeOfRange = ({ start, end }: Range): number => end - start;

/** One field of a message. Asking for another kind of value than the field holds is the file's mistake. */
export interface Field {
  number: number;
  /** A whole number, signed; beyond 2^53 only nearly. */
  int(what: string): number;
  /** The bytes of a text, a message, or packed numbers. */
  range(what: string): Range;
  text(what: string, mostBytes: number): string;
  /** Each whole number of a repeated field, packed or not. */
  ints(what: string, visit: (value: number) => void): void;
  /** How many numbers of `bytes` bytes each (0: varints) the field holds, packed or not. */
  count(what: string, bytes: 0 | 4 | 8): number;
}

const WIRE_NAMES = ['a varint', '8 bytes', 'a length and bytes', 'a group', 'the end of a group', '4 bytes'];
const LONGEST_VARINT = 10;

/** The fields of a message, in order; `at` names the message. Throws InvalidInputError. */
export function* fieldsOf(message: Range, at: string): Generator<Field, void> {
  const cursor = { at: message.start };
  while (cursor.at < message.end) {
    const place = cursor.at;
    const tag = varint(message, cursor, at);
    const number = Math.floor(tag / 8);
    if (tag <= 0 || number < 1 || number > 0x1fffffff)
      throw refuse('not-protobuf', `${at}, byte ${place}`, 'the number of a field', `${number}`, DAMAGED);
    yield fieldAt(message, cursor, { at, number, wire: tag % 8, place });
  }
}

interface Head {
  at: string;
  number: number;
  wire: number;
  place: number;
}

/** Moves the cursor past the field's value. */
function fieldAt(message: Range, cursor: { at: number }, head: Head): Field {
  const { at, number, wire, place } = head;
  let value = 0;
  let content: Range | null = null;
  if (wire === 0) value = varint(message, cursor, at);
  else if (wire === 1 || wire === 5) content = take(message, cursor, wire === 1 ? 8 : 4, head);
  else if (wire === 2) content = take(message, cursor, varint(message, cursor, at), head);
  else {
    const received = WIRE_NAMES[wire] ?? `wire type ${wire}`;
    throw refuse('not-protobuf', `${at}, field ${number}, byte ${place}`, 'a value', received, DAMAGED);
  }
  const expect = (what: string, wanted: number): void => {
    if (wire === wanted) return;
    const [expected, received] = [WIRE_NAMES[wanted], WIRE_NAMES[wire]];
    throw refuse('wire-type', `${at}, ${what}`, `${expected}`, `${received}`, DAMAGED);
  };
  const range = (what: string): Range => {
    expect(what, 2);
    return content as Range;
  };
  return {
    number,
    int: (what) => {
      expect(what, 0);
      return value;
    },
    range,
    text: (what, most) => decode(range(what), `${at}, ${what}`, most),
    ints: (what, visit) => {
      if (wire === 0) return visit(value);
      const packed = range(what);
      const inside = { at: packed.start };
      while (inside.at < packed.end) visit(varint(packed, inside, `${at}, ${what}`));
    },
    count: (what, bytes) => {
      if (wire !== 2) {
        expect(what, bytes === 0 ? 0 : bytes === 4 ? 5 : 1);
        return 1;
      }
      const packed = range(what);
      return bytes === 0 ? countVarints(packed) : sizeOfRange(packed) / bytes;
    },
  };
}

function take({ file, end }: Range, cursor: { at: number }, length: number, head: Head): Range {
  const left = end - cursor.at;
  if (length < 0 || length > left) {
    const where = `${head.at}, field ${head.number}, byte ${head.place}`;
    throw refuse('length', where, `at most ${left} more bytes`, `a length of ${length}`, DAMAGED);
  }
  const start = cursor.at;
  cursor.at += length;
  return { file, start, end: cursor.at };
}

/** Seven bits a byte, the lowest first; ten bytes at most. */
function varint({ file, end }: Range, cursor: { at: number }, at: string): number {
  const start = cursor.at;
  let value = 0;
  let scale = 1;
  for (;;) {
    if (cursor.at >= end)
      throw refuse('truncated', `${at}, byte ${start}`, 'a whole number', 'the end of the bytes', DAMAGED);
    if (cursor.at - start >= LONGEST_VARINT) {
      const expected = `a whole number of at most ${LONGEST_VARINT} bytes`;
      throw refuse('varint', `${at}, byte ${start}`, expected, 'a longer one', DAMAGED);
    }
    const byte = file[cursor.at++] as number;
    value += (byte & 127) * scale;
    if (byte < 128) break;
    scale *= 128;
  }
  // a negative number has all its ten bytes: two's complement in 64 bits
  return cursor.at - start === LONGEST_VARINT ? exact(file.subarray(start, cursor.at)) : value;
}

function exact(bytes: Uint8Array): number {
  const value = bytes.reduceRight((sum, byte) => (sum << 7n) | BigInt(byte & 127), 0n);
  return Number(BigInt.asIntN(64, value));
}

function countVarints({ file, start, end }: Range): number {
  let count = 0;
  for (let i = start; i < end; i++) if ((file[i] as number) < 128) count++;
  return count;
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function decode(range: Range, at: string, most: number): string {
  const size = sizeOfRange(range);
  if (size > most)
    throw refuse(
      'text',
      at,
      `at most ${most} bytes`,
      `${size} bytes`,
      'Export the model with shorter names.',
    );
  try {
    return utf8.decode(range.file.subarray(range.start, range.end));
  } catch {
    throw refuse('text', at, 'UTF-8 text', 'other bytes', DAMAGED);
  }
}
