// Pairs in flat pieces: nothing is lost where one piece ends and the next begins, and little more is held than what is kept.
import { expect, test } from 'vitest';
import type { PreferenceText } from '../../src/data/dataset.ts';
import { Packer, pairAt, transferOf, unpacked } from '../../src/data/read/packed.ts';

const MB = 2 ** 20;
const pair = (i: number, characters: number): PreferenceText => ({
  prompt: i % 3 === 0 ? '' : `prompt ${i}`,
  chosen: `${i} ${'é'.repeat(characters)}`,
  rejected: i % 5 === 0 ? '' : `${i} ${'x'.repeat(characters)}😀`,
  margin: i % 2 === 0 ? null : i,
  line: i + 1,
});

test('texts that end at, before and after the end of a piece come back', () => {
  // together some 12 MB, of lengths that share no factor with that of a piece
  const pairs = Array.from({ length: 100 }, (_, i) => pair(i, 20_011 + 997 * i - 300 * (i % 7)));
  const packer = new Packer();
  for (const one of pairs) packer.add(one);
  const packed = packer.finish();
  expect(packed.pieces.length).toBeGreaterThan(2);
  expect(unpacked(packed)).toEqual(pairs);
  expect(pairAt(packed, 57)).toEqual(pairs[57]);
});

test('a text that just fills a piece, and empty ones around it', () => {
  const full = 'a'.repeat(4 * MB - 3);
  const pairs = [
    { prompt: '', chosen: '', rejected: 'abc', margin: null, line: 1 },
    { prompt: full, chosen: '', rejected: '', margin: null, line: 2 },
    { prompt: '', chosen: 'b', rejected: '', margin: 0.5, line: 3 },
  ];
  const packer = new Packer();
  for (const one of pairs) packer.add(one);
  expect(unpacked(packer.finish())).toEqual(pairs);
});

test('what is handed over is the text, cut to size, and a few numbers a pair', () => {
  const packer = new Packer();
  for (let i = 0; i < 400; i++) packer.add(pair(i, 20_000));
  const packed = packer.finish();
  const held = transferOf(packed).reduce((sum, { byteLength }) => sum + byteLength, 0);
  expect(packer.size).toBeGreaterThan(20 * MB);
  expect(held).toBeLessThan(1.001 * packer.size);
});
