/** Bytes into blocks of whole lines. Holds no more than one piece and one line. */
import { LONGEST_ROW } from '../limits.ts';

/** Lines that came together. `broken`: numbers of lines with bytes that are no UTF-8, shown there as U+FFFD. */
export interface Block {
  text: string;
  /** Number of the first line, from 1. */
  line: number;
  broken: ReadonlySet<number>;
}

/** `long`: a line with more bytes than are read; its text is dropped. */
export type Lines = { block: Block } | { long: number };

const LINE_END = 10;
const NONE: ReadonlySet<number> = new Set();

export async function* lineBlocks(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Lines> {
  const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let line = 1;
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  let skipping = false;
  let first = true;

  const block = (bytes: Uint8Array): Block => {
    const whole =
      first && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
    first = false;
    const { text, broken } = decode(strict, whole, line);
    const block = { text, line, broken };
    line += count(whole);
    return block;
  };

  for await (const piece of pieces) {
    let rest = piece;
    if (skipping) {
      const end = rest.indexOf(LINE_END);
      if (end < 0) continue;
      skipping = false;
      yield { long: line++ };
      rest = rest.subarray(end + 1);
    }
    const last = rest.lastIndexOf(LINE_END);
    if (last >= 0) {
      yield { block: block(joined([...held, rest.subarray(0, last + 1)])) };
      [held, heldBytes] = [[], 0];
      rest = rest.subarray(last + 1);
    }
    if (rest.length > 0) held.push(rest);
    heldBytes += rest.length;
    if (heldBytes > LONGEST_ROW) {
      [held, heldBytes, skipping, first] = [[], 0, true, false];
    }
  }
  if (skipping) yield { long: line };
  else if (heldBytes > 0) yield { block: block(joined(held)) };
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0] as Uint8Array;
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function count(bytes: Uint8Array): number {
  let lines = 0;
  for (let at = bytes.indexOf(LINE_END); at >= 0; at = bytes.indexOf(LINE_END, at + 1)) lines++;
  return lines;
}

function decode(
  strict: TextDecoder,
  bytes: Uint8Array,
  line: number,
): { text: string; broken: ReadonlySet<number> } {
  try {
    return { text: strict.decode(bytes), broken: NONE };
  } catch {
    const lenient = new TextDecoder('utf-8', { ignoreBOM: true });
    const broken = new Set<number>();
    let text = '';
    for (let start = 0, n = line; start < bytes.length; n++) {
      const end = bytes.indexOf(LINE_END, start);
      const part = bytes.subarray(start, end < 0 ? bytes.length : end + 1);
      try {
        text += strict.decode(part);
      } catch {
        text += lenient.decode(part);
        broken.add(n);
      }
      start += part.length;
    }
    return { text, broken };
  }
}
