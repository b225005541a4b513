/**
 * Counter-based randomness: Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011).
 * The number at a place is a function of (seed, purpose, counter) alone, so adding a draw somewhere shifts no other.
 * The WASM and WebGPU backends hold the same ten rounds; `tests/pure/random.test.ts` pins the published vectors.
 */

const M0 = 0xd2511f53;
const M1 = 0xcd9e8d57;
const W0 = 0x9e3779b9;
const W1 = 0xbb67ae85;

/** High 32 bits of the 64-bit product of two unsigned 32-bit numbers. */
function mulHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const low = aLow * bLow;
  const mid = aHigh * bLow + (low >>> 16);
  const mid2 = aLow * bHigh + (mid % 0x10000);
  return (aHigh * bHigh + Math.floor(mid / 0x10000) + Math.floor(mid2 / 0x10000)) >>> 0;
}

export type Counter = readonly [number, number, number, number];
export type Key = readonly [number, number];

/** Four unsigned 32-bit numbers for one counter under one key. */
export function philox(counter: Counter, key: Key): [number, number, number, number] {
  let [c0, c1, c2, c3] = counter;
  let [k0, k1] = key;
  for (let round = 0; round < 10; round++) {
    const high0 = mulHigh(M0, c0 >>> 0);
    const low0 = Math.imul(M0, c0) >>> 0;
    const high1 = mulHigh(M1, c2 >>> 0);
    const low1 = Math.imul(M1, c2) >>> 0;
    [c0, c1, c2, c3] = [(high1 ^ c1 ^ k0) >>> 0, low1, (high0 ^ c3 ^ k1) >>> 0, low0];
    k0 = (k0 + W0) >>> 0;
    k1 = (k1 + W1) >>> 0;
  }
  return [c0, c1, c2, c3];
}

/** FNV-1a over the UTF-16 units of a purpose's name: the second half of its key. */
function hashName(name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193) >>> 0;
  return hash;
}

/** The key of one named purpose (`init`, `data-order`, `sampling`, `labels`, ...) under one seed (0 .. 2^32-1). */
export function streamKey(seed: number, purpose: string): Key {
  return [seed >>> 0, hashName(purpose)];
}

/** A named stream, read in order from its start. Two streams of the same seed and purpose give the same numbers. */
export interface Stream {
  /** Unsigned 32 bits. */
  u32(): number;
  /** Uniform in [0, 1), 32 bits of resolution. */
  uniform(): number;
  /** Uniform integer in 0 .. n-1. */
  integer(n: number): number;
  /** One of the items. */
  pick<T>(items: readonly T[]): T;
  /** A new array with the items in random order (Fisher-Yates). */
  shuffle<T>(items: readonly T[]): T[];
}

/** `index` starts a stream of its own within the purpose: pair 17 can be drawn without drawing pairs 0 .. 16. */
export function stream(seed: number, purpose: string, index = 0): Stream {
  const key = streamKey(seed, purpose);
  let counter = 0;
  let block: readonly number[] = [];
  const u32 = (): number => {
    const lane = counter % 4;
    if (lane === 0) block = philox([counter / 4, index >>> 0, 0, 0], key);
    counter++;
    return block[lane] as number;
  };
  const uniform = (): number => u32() / 4294967296;
  const integer = (n: number): number => Math.floor(uniform() * n);
  return {
    u32,
    uniform,
    integer,
    pick: (items) => items[integer(items.length)] as (typeof items)[number],
    shuffle: (items) => {
      const result = [...items];
      for (let i = result.length - 1; i > 0; i--) {
        const j = integer(i + 1);
        [result[i], result[j]] = [result[j] as (typeof items)[number], result[i] as (typeof items)[number]];
      }
      return result;
    },
  };
}
