/** The WASM module's own elementary functions: accurate over their whole range, right at the ends, alike in every lane. */
import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import type { KernelModule } from '../../src/engine/wasm/instantiate.ts';
import { instantiateKernels } from '../../src/engine/wasm/instantiate.ts';

let module: KernelModule;
beforeAll(async () => {
  module = await instantiateKernels(await readFile('src/engine/wasm/kernels.wasm'));
  module.memory.grow(16);
});

type Name =
  'exp' | 'expm1' | 'log' | 'log1p' | 'log1mexp' | 'sigmoid' | 'log_sigmoid' | 'softplus' | 'tanh' | 'sqrt';

const X = 65536;
const Y = 65536 * 9;

function apply(name: Name, xs: readonly number[]): Float32Array {
  const words = new Float32Array(module.memory.buffer);
  words.set(xs, X / 4);
  module.kernels[name](X, Y, xs.length);
  return words.slice(Y / 4, Y / 4 + xs.length);
}

const exact: Record<Name, (x: number) => number> = {
  exp: Math.exp,
  expm1: Math.expm1,
  log: Math.log,
  log1p: Math.log1p,
  log1mexp: (x) => (x > -Math.LN2 ? Math.log(-Math.expm1(x)) : Math.log1p(-Math.exp(x))),
  sigmoid: (x) => (x < 0 ? Math.exp(x) / (1 + Math.exp(x)) : 1 / (1 + Math.exp(-x))),
  log_sigmoid: (x) => Math.min(x, 0) - Math.log1p(Math.exp(-Math.abs(x))),
  softplus: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
  tanh: Math.tanh,
  sqrt: Math.sqrt,
};

/** Magnitudes from `low` to `high`, evenly in the logarithm, as float32. */
function magnitudes(low: number, high: number, count = 4000): number[] {
  const ratio = Math.log(high / low) / (count - 1);
  return Array.from({ length: count }, (_, i) => Math.fround(low * Math.exp(i * ratio)));
}
const both = (xs: number[]): number[] => [...xs, ...xs.map((x) => -x)];

const ranges: [Name, number[]][] = [
  ['exp', both(magnitudes(1e-8, 87))],
  ['expm1', both(magnitudes(1e-30, 88))],
  ['log', magnitudes(1e-44, 3e38, 20000)],
  ['log', magnitudes(0.5, 2, 20000)],
  ['log1p', [...magnitudes(1e-30, 3e38), ...magnitudes(1e-30, 0.999).map((x) => -x)]],
  ['log1mexp', magnitudes(1e-30, 80).map((x) => -x)],
  ['sigmoid', both(magnitudes(1e-8, 87))],
  ['log_sigmoid', [...magnitudes(1e-8, 87), ...magnitudes(1e-8, 1e30).map((x) => -x)]],
  ['softplus', [...magnitudes(1e-8, 1e30), ...magnitudes(1e-8, 87).map((x) => -x)]],
  ['tanh', both(magnitudes(1e-30, 1e30))],
];

describe('relative error below 1e-6', () => {
  it.each(ranges)('%s', (name, xs) => {
    const ys = apply(name, xs);
    let worst = { error: 0, x: 0 };
    xs.forEach((x, i) => {
      const want = exact[name](x);
      if (Math.abs(want) < 1.2e-38) return;
      const error = Math.abs((ys[i] as number) - want) / Math.abs(want);
      if (!(error <= worst.error)) worst = { error, x };
    });
    expect(worst.error, `at ${worst.x}`).toBeLessThan(1e-6);
  });
});

it.each<[Name, number, number]>([
  ['exp', -1000, 0],
  ['exp', 1000, Infinity],
  ['exp', -Infinity, 0],
  ['exp', 0, 1],
  ['exp', -103, 1.401298464324817e-45],
  ['expm1', 0, 0],
  ['expm1', -1000, -1],
  ['expm1', 1000, Infinity],
  ['log', 0, -Infinity],
  ['log', 1, 0],
  ['log', -1, NaN],
  ['log', Infinity, Infinity],
  ['log1p', -1, -Infinity],
  ['log1p', 0, 0],
  ['log1p', Infinity, Infinity],
  ['log1mexp', 0, -Infinity],
  ['log1mexp', -1000, 0],
  ['sigmoid', -1000, 0],
  ['sigmoid', 1000, 1],
  ['log_sigmoid', 1000, 0],
  ['log_sigmoid', -1000, -1000],
  ['softplus', 1000, 1000],
  ['softplus', -1000, 0],
  ['tanh', 1000, 1],
  ['tanh', -1000, -1],
])('%s(%d) is %d', (name, x, want) => {
  // + 0: the sign of a zero is not at stake
  expect((apply(name, [x])[0] as number) + 0).toBe(want);
});

it.each(Object.keys(exact) as Name[])('%s lets a NaN through', (name) => {
  const finite = name === 'log1mexp' ? -1 : 1;
  expect(apply(name, [NaN, finite, NaN, NaN, NaN]).map((y) => Number(Number.isNaN(y)))).toEqual(
    Float32Array.of(1, 0, 1, 1, 1),
  );
});

it.each(Object.keys(exact) as Name[])('%s gives the same bits wherever a number lies in a tensor', (name) => {
  const x = name === 'log1mexp' ? -0.7310585 : 0.7310585;
  for (let n = 1; n <= 9; n++) {
    const bits = new Uint32Array(apply(name, new Array<number>(n).fill(x)).buffer);
    expect(new Set(bits).size, `${n} numbers`).toBe(1);
  }
});
