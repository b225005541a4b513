/** Randomness: Philox against its published vectors, and streams that are uniform, repeatable and apart from each other. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Counter, Key } from '../../src/base/random.ts';
import { philox, stream, streamKey } from '../../src/base/random.ts';

fc.configureGlobal({ seed: 21, numRuns: 200 });

const seeds = fc.integer({ min: 0, max: 0xffffffff });
const word = fc.integer({ min: 0, max: 0xffffffff });

describe('philox', () => {
  // Random123 1.14, tests/kat_vectors, philox4x32 with 10 rounds
  const ones = 0xffffffff;
  const vectors: [Counter, Key, number[]][] = [
    [[0, 0, 0, 0], [0, 0], [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]],
    [[ones, ones, ones, ones], [ones, ones], [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd]],
    [[0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], [0xa4093822, 0x299f31d0], [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1]],
  ]; // prettier-ignore

  it.each(vectors)('gives the published numbers for counter %j, key %j', (counter, key, expected) => {
    expect(philox(counter, key)).toEqual(expected);
  });

  it('reads negative words as their unsigned bits: a 32-bit device hands those back', () => {
    expect(philox([-1, -1, -1, -1], [-1, -1])).toEqual(vectors[1]![2]);
  });

  it('is the definition with exact 64-bit products', () => {
    const exact = (counter: readonly number[], key: readonly number[]): number[] => {
      let c = counter.map(BigInt);
      let k = key.map(BigInt);
      const low = (x: bigint): bigint => x & 0xffffffffn;
      for (let round = 0; round < 10; round++) {
        const [p0, p1] = [0xd2511f53n * c[0]!, 0xcd9e8d57n * c[2]!];
        c = [(p1 >> 32n) ^ c[1]! ^ k[0]!, low(p1), (p0 >> 32n) ^ c[3]! ^ k[1]!, low(p0)];
        k = [low(k[0]! + 0x9e3779b9n), low(k[1]! + 0xbb67ae85n)];
      }
      return c.map(Number);
    };
    fc.assert(
      fc.property(fc.tuple(word, word, word, word), fc.tuple(word, word), (counter, key) => {
        expect(philox(counter, key)).toEqual(exact(counter, key));
      }),
    );
  });
});

describe('a stream', () => {
  it('reads the blocks of its key in order, lane by lane', () => {
    const s = stream(9, 'labels', 4);
    const key = streamKey(9, 'labels');
    const drawn = Array.from({ length: 12 }, () => s.u32());
    expect(drawn).toEqual([0, 1, 2].flatMap((block) => philox([block, 4, 0, 0], key)));
  });

  it('keeps its numbers for ever: links depend on them', () => {
    const s = stream(1, 'data-order');
    expect(Array.from({ length: 4 }, () => s.u32())).toEqual([903943146, 1138485707, 266290411, 340052875]);
    expect(stream(1, 'data-order').shuffle([0, 1, 2, 3, 4, 5, 6, 7])).toEqual([2, 3, 6, 4, 5, 0, 7, 1]);
  });

  it('has no number in common, place by place, with one of another seed, purpose or index', () => {
    const purposes = ['init', 'data-order', 'sampling', 'labels'];
    const place = fc.tuple(seeds, fc.constantFrom(...purposes), fc.nat(1000));
    fc.assert(
      fc.property(place, place, (a, b) => {
        fc.pre(a.join() !== b.join());
        const [x, y] = [stream(...a), stream(...b)];
        const equal = Array.from({ length: 50 }, () => x.u32() === y.u32()).filter(Boolean);
        expect(equal).toEqual([]);
      }),
    );
  });

  it('is not moved by draws from another', () => {
    const alone = stream(3, 'init');
    const other = stream(3, 'labels');
    const disturbed = stream(3, 'init');
    for (let i = 0; i < 20; i++) {
      other.u32();
      expect(disturbed.u32()).toBe(alone.u32());
    }
  });

  it('is uniform in [0, 1): mean, variance and ten classes', () => {
    const n = 20_000;
    const s = stream(4, 'uniform');
    const values = Array.from({ length: n }, () => s.uniform());
    expect(values.every((x) => x >= 0 && x < 1)).toBe(true);
    const mean = values.reduce((a, b) => a + b, 0) / n;
    const variance = values.reduce((a, x) => a + (x - mean) ** 2, 0) / n;
    // five standard errors
    expect(Math.abs(mean - 1 / 2)).toBeLessThan(5 * Math.sqrt(1 / 12 / n));
    expect(Math.abs(variance - 1 / 12)).toBeLessThan(5 * Math.sqrt(1 / 180 / n));
    const classes = Array.from({ length: 10 }, (_, c) => values.filter((x) => Math.floor(10 * x) === c));
    const chi2 = classes.reduce((sum, c) => sum + (c.length - n / 10) ** 2 / (n / 10), 0);
    expect(chi2).toBeLessThan(33.7); // 9 degrees of freedom, p = 1e-4
  });

  it('gives integers below n, all of them', () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 1, max: 40 }), (seed, n) => {
        const s = stream(seed, 'integers');
        const seen = new Set(Array.from({ length: 60 * n }, () => s.integer(n)));
        expect([...seen].sort((a, b) => a - b)).toEqual(Array.from({ length: n }, (_, i) => i));
      }),
      { numRuns: 50 },
    );
  });

  it('picks one of the items', () => {
    const s = stream(5, 'pick');
    expect(new Set(Array.from({ length: 100 }, () => s.pick(['a', 'b', 'c'])))).toEqual(
      new Set(['a', 'b', 'c']),
    );
  });

  it('shuffles into a permutation and leaves the list alone', () => {
    fc.assert(
      fc.property(seeds, fc.array(fc.nat(9)), (seed, items) => {
        const before = [...items];
        const shuffled = stream(seed, 'shuffle').shuffle(items);
        expect(items).toEqual(before);
        expect(shuffled.sort()).toEqual(before.sort());
      }),
    );
  });

  it('shuffles without preference: each of the six orders of three comes up', () => {
    const counts = new Map<string, number>();
    for (let seed = 0; seed < 1200; seed++) {
      const order = stream(seed, 'orders').shuffle(['a', 'b', 'c']).join('');
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(6);
    for (const count of counts.values()) expect(Math.abs(count - 200)).toBeLessThan(70);
  });
});
