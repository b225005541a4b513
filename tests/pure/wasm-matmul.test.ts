/** The matrix product sums in one fixed order, whatever the shape, the blocking, and how its operands are stored. */
import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { stream } from '../../src/base/random.ts';
import { instantiateKernels } from '../../src/engine/wasm/instantiate.ts';

/** Pieces of 256 terms, each summed in order in float32; then the pieces, in order. */
function inOrder(a: (k: number) => number, b: (k: number) => number, size: number): number {
  let total = 0;
  for (let start = 0; start < size; start += 256) {
    let piece = 0;
    for (let k = start; k < Math.min(start + 256, size); k++)
      piece = Math.fround(piece + Math.fround(a(k) * b(k)));
    total = start === 0 ? piece : Math.fround(total + piece);
  }
  return total;
}

const SHAPES: [m: number, n: number, k: number][] = [
  [1, 1, 1],
  [1, 8, 3],
  [4, 8, 16],
  [5, 9, 7],
  [3, 430, 64],
  [65, 12, 31],
  [70, 5, 256],
  [7, 13, 257],
  [9, 17, 700],
  [2, 3, 1024],
];

it.each(SHAPES)('%d x %d over %d', async (m, n, k) => {
  const { kernels, memory } = await instantiateKernels(await readFile('src/engine/wasm/kernels.wasm'));
  const random = stream(3, `matmul ${m} ${n} ${k}`);
  const draw = (size: number): Float32Array =>
    Float32Array.from({ length: size }, () => random.uniform() - 0.5);
  const [a, b] = [draw(m * k), draw(k * n)];
  const from = 65536;
  const [toB, toC] = [from + 4 * a.length, from + 4 * (a.length + b.length)];
  const scratch = toC + 4 * m * n + 64;
  memory.grow(Math.ceil((scratch + 4 * kernels.matmulScratch(n, k) + 64) / 65536));
  const words = new Float32Array(memory.buffer);

  for (const [transA, transB] of [
    [0, 0],
    [0, 1],
    [1, 0],
    [1, 1],
  ] as const) {
    const stored = (x: Float32Array, rows: number, columns: number, trans: number): Float32Array =>
      trans === 0 ? x : x.map((_, i) => x[(i % rows) * columns + Math.floor(i / rows)] as number);
    words.set(stored(a, m, k, transA), from / 4);
    words.set(stored(b, k, n, transB), toB / 4);
    // what lies behind C must stay
    words.fill(7, toC / 4, toC / 4 + m * n + 16);
    kernels.matmul(m, n, k, from, transA ? m : k, transA, toB, transB ? k : n, transB, toC, n, scratch);
    const c = words.slice(toC / 4, toC / 4 + m * n + 16);
    const want = Float32Array.from({ length: m * n }, (_, i) => {
      const [row, column] = [Math.floor(i / n), i % n];
      return inOrder(
        (l) => a[row * k + l] as number,
        (l) => b[l * n + column] as number,
        k,
      );
    });
    expect(c.subarray(0, m * n), `transA ${transA}, transB ${transB}`).toEqual(want);
    expect([...c.subarray(m * n)]).toEqual(new Array(16).fill(7));
  }
});
