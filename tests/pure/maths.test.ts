/** Our own elementary functions: a few units in the last place from the library's, at the edges too, with pinned bits. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exp, log, logSigmoid, mean, power, sigmoid, sinCos } from '../../src/base/maths.ts';

fc.configureGlobal({ seed: 22, numRuns: 3000 });

const ALLOWED_ULP = 4;
const view = new DataView(new ArrayBuffer(8));

function bitsOf(x: number): bigint {
  view.setFloat64(0, x);
  return view.getBigUint64(0);
}

/** Doubles between two finite numbers, 0 and subnormals included: the distance of their ranks. */
function ulpsApart(a: number, b: number): number {
  if (Object.is(a, b) || (Number.isNaN(a) && Number.isNaN(b))) return 0;
  if (!Number.isFinite(a) || !Number.isFinite(b)) return Infinity;
  const rank = (x: number): bigint => (x < 0 ? -bitsOf(-x) : bitsOf(Math.abs(x)));
  return Math.abs(Number(rank(a) - rank(b)));
}

function agrees(f: (x: number) => number, library: (x: number) => number, x: number): void {
  const [got, want] = [f(x), library(x)];
  expect(ulpsApart(got, want), `f(${x}) = ${got}, not ${want}`).toBeLessThanOrEqual(ALLOWED_ULP);
}

const double = (min: number, max: number) => fc.double({ min, max, noNaN: true });
const EDGES = [NaN, Infinity, -Infinity, 0, -0, 5e-324, -5e-324, 2.2250738585072014e-308, 1e-300, 1, -1];

describe('exp', () => {
  it.each(EDGES)('of %d', (x) => agrees(exp, Math.exp, x));
  it.each([
    709.782712893384, 709.7827128933841, 710, -708.4, -720, -744.4, -745.13, -745.1332191019412, -746,
  ])('near its ends, of %d', (x) => agrees(exp, Math.exp, x));
  it('anywhere', () => {
    fc.assert(fc.property(double(-746, 710), (x) => agrees(exp, Math.exp, x)));
    fc.assert(fc.property(double(-1, 1), (x) => agrees(exp, Math.exp, x)));
  });
});

describe('log', () => {
  it.each(EDGES)('of %d', (x) => agrees(log, Math.log, x));
  it.each([1 - 2 ** -53, 1 + 2 ** -52, Math.SQRT2, 1e-320, Number.MAX_VALUE])('of %d', (x) =>
    agrees(log, Math.log, x),
  );
  it('anywhere, subnormal numbers and the neighbourhood of 1 included', () => {
    fc.assert(fc.property(double(0, Number.MAX_VALUE), (x) => agrees(log, Math.log, x)));
    fc.assert(fc.property(double(0, 2.3e-308), (x) => agrees(log, Math.log, x)));
    fc.assert(fc.property(double(0.5, 2), (x) => agrees(log, Math.log, x)));
  });
});

describe('sinCos', () => {
  it('of 0 and of what has no angle', () => {
    expect(sinCos(0)).toEqual([0, 1]);
    for (const x of [NaN, Infinity, -Infinity]) expect(sinCos(x)).toEqual([NaN, NaN]);
  });
  it('anywhere in one turn, and up to a context of 4096', () => {
    const check = (x: number): void => {
      const [sin, cos] = sinCos(x);
      // near a zero of the function the error is that of the reduced angle, about 1e-20 per quarter turn
      const close = (got: number, want: number): boolean =>
        ulpsApart(got, want) <= ALLOWED_ULP || Math.abs(got - want) <= 1e-18 * Math.max(1, Math.abs(x));
      expect(close(sin, Math.sin(x)), `sin ${x} = ${sin}, not ${Math.sin(x)}`).toBe(true);
      expect(close(cos, Math.cos(x)), `cos ${x} = ${cos}, not ${Math.cos(x)}`).toBe(true);
    };
    fc.assert(fc.property(double(-7, 7), check));
    fc.assert(fc.property(double(-4096, 4096), check));
    fc.assert(fc.property(fc.integer({ min: 0, max: 4096 }), check));
  });
});

describe('sigmoid and its logarithm', () => {
  it.each([
    [0, 0.5, -Math.LN2],
    [1000, 1, 0],
    [-1000, 0, -1000],
    [Infinity, 1, 0],
    [-Infinity, 0, -Infinity],
    [NaN, NaN, NaN],
  ])('of %d', (x, s, l) => {
    expect(ulpsApart(sigmoid(x), s)).toBeLessThanOrEqual(ALLOWED_ULP);
    expect(Math.abs(logSigmoid(x) - l) <= 1e-15 || Object.is(logSigmoid(x) + 0, l), `${logSigmoid(x)}`).toBe(true);
  }); // prettier-ignore
  it('anywhere, with full precision in both tails', () => {
    const library = (x: number): number => (x < 0 ? Math.exp(x) / (1 + Math.exp(x)) : 1 / (1 + Math.exp(-x)));
    fc.assert(fc.property(double(-745, 745), (x) => agrees(sigmoid, library, x)));
    const logLibrary = (x: number): number => Math.min(x, 0) - Math.log1p(Math.exp(-Math.abs(x)));
    fc.assert(fc.property(double(-745, 745), (x) => agrees(logSigmoid, logLibrary, x)));
  });
});

describe('power', () => {
  it('is within the error that the exponent magnifies', () => {
    fc.assert(
      fc.property(double(1e-3, 1e6), double(-20, 20), (base, exponent) => {
        const [got, want] = [power(base, exponent), Math.pow(base, exponent)];
        const magnified = ALLOWED_ULP * 2 ** -53 * (1 + Math.abs(exponent * Math.log(base)));
        expect(Math.abs(got / want - 1), `${base}^${exponent} = ${got}, not ${want}`).toBeLessThan(magnified);
      }),
    );
  });
});

it('keeps its bits for ever: they decide whether a shared run can be verified', () => {
  const values = [exp(1), exp(-0.3), log(10), log(0.7), ...sinCos(1), ...sinCos(100), power(10000, -0.25)];
  expect(values).toEqual([
    2.7182818284590455, 0.7408182206817179, 2.302585092994046, -0.3566749439387324, 0.8414709848078965,
    0.5403023058681398, -0.5063656411097588, 0.862318872287684, 0.09999999999999998,
  ]);
});

it('has a mean, and none of nothing', () => {
  expect(mean([1, 2, 6])).toBe(3);
  expect(mean([])).toBeNaN();
});
