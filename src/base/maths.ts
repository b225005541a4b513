/**
 * Elementary functions from + - * / and sqrt alone. JavaScript's own Math.exp, log, sin, cos may differ in the last bit
 * from engine to engine; a run that must reproduce bit for bit in every browser can't use them. Errors are below 2 ulp.
 */

const LN2_HIGH = 6.9314718036912381649e-1;
const LN2_LOW = 1.90821492927058770002e-10;
const LOG2_E = 1.4426950408889634;

const float = new Float64Array(1);
const bits = new Uint32Array(float.buffer);
/** Index of the word with the exponent; every platform that runs WebAssembly is little-endian. */
const HIGH = 1;

/** x * 2^k, exact while the result is a normal number. */
function scale2(x: number, k: number): number {
  let result = x;
  let left = k;
  while (left !== 0) {
    const part = Math.max(-1000, Math.min(1000, left));
    bits[0] = 0;
    bits[HIGH] = (part + 1023) << 20;
    result *= float[0] as number;
    left -= part;
  }
  return result;
}

export function exp(x: number): number {
  if (Number.isNaN(x)) return NaN;
  if (x > 709.782712893384) return Infinity;
  if (x < -745.1332191019411) return 0;
  const k = Math.round(x * LOG2_E);
  const r = x - k * LN2_HIGH - k * LN2_LOW;
  let sum = 1;
  for (let i = 16; i >= 1; i--) sum = 1 + (sum * r) / i;
  return scale2(sum, k);
}

export function log(x: number): number {
  if (Number.isNaN(x) || x < 0) return NaN;
  if (x === 0) return -Infinity;
  if (x === Infinity) return Infinity;
  let mantissa = x;
  let k = 0;
  if (x < 2.2250738585072014e-308) {
    mantissa = x * 18014398509481984;
    k = -54;
  }
  float[0] = mantissa;
  const high = bits[HIGH] as number;
  k += ((high >>> 20) & 0x7ff) - 1023;
  bits[HIGH] = (high & 0x000fffff) | 0x3ff00000;
  mantissa = float[0];
  if (mantissa > 1.4142135623730951) {
    mantissa /= 2;
    k += 1;
  }
  const s = (mantissa - 1) / (mantissa + 1);
  const z = s * s;
  let sum = 0;
  for (let i = 23; i >= 3; i -= 2) sum = z * (1 / i + sum);
  return k * LN2_HIGH + (2 * s * (1 + sum) + k * LN2_LOW);
}

/** sin and cos of the same angle, for |x| up to a few thousand (positions of a short context). */
export function sinCos(x: number): [number, number] {
  const quarter = Math.round(x / 1.5707963267948966);
  const r = x - quarter * 1.5707963267341256 - quarter * 6.077100506506192e-11;
  const z = r * r;
  let sin = 1;
  let cos = 1;
  for (let i = 9; i >= 1; i--) {
    sin = 1 - (sin * z) / (2 * i * (2 * i + 1));
    cos = 1 - (cos * z) / ((2 * i - 1) * 2 * i);
  }
  sin *= r;
  switch (((quarter % 4) + 4) % 4) {
    case 0:
      return [sin, cos];
    case 1:
      return [cos, -sin];
    case 2:
      return [-sin, -cos];
    default:
      return [-cos, sin];
  }
}

/** base^power for base > 0. */
export function power(base: number, exponent: number): number {
  return exp(exponent * log(base));
}

/** log(1 + x) for x >= 0, exact near 0: what rounding 1 + x lost is made good by a ratio (Kahan; Goldberg 1991, theorem 4). */
function log1p(x: number): number {
  const sum = 1 + x;
  return sum === 1 ? x : (log(sum) * x) / (sum - 1);
}

/** log(1 / (1 + e^-x)), exact in both tails. */
export function logSigmoid(x: number): number {
  return x < 0 ? x - log1p(exp(x)) : -log1p(exp(-x));
}

export function sigmoid(x: number): number {
  return x < 0 ? exp(x) / (1 + exp(x)) : 1 / (1 + exp(-x));
}

export function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] as number;
  return values.length === 0 ? NaN : sum / values.length;
}
