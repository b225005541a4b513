/**
 * Elementary functions on four f32 at once, from IEEE operations alone: the same bits on every machine. Relative
 * errors stay near 1e-7. The logarithm is that of Cephes' logf. pmin and pmax with the argument first let a NaN pass.
 */

const INF: f32 = Infinity;
/** Adding it rounds to an integer, which then stands in the low bits. */
const ROUND: f32 = 12582912.0;
const ROUND_BITS: i32 = 0x4b400000;

/** (e^r - 1 - r) / r^2 for |r| <= log(2) / 2; e^r - 1 is right to 2e-8 of itself (fit by weighted least squares) */
@inline
function expTail(r: v128): v128 {
  let p = f32x4.splat(1.3882517e-3);
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(8.3665475e-3));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(4.16672e-2));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.6666543e-1));
  return f32x4.add(f32x4.mul(p, r), f32x4.splat(4.9999997e-1));
}

/** x - n log(2), in two parts; the first product is exact. */
@inline
function lessLogs(x: v128, n: v128): v128 {
  const r = f32x4.sub(x, f32x4.mul(n, f32x4.splat(0.693359375)));
  return f32x4.add(r, f32x4.mul(n, f32x4.splat(2.12194440e-4)));
}

/**
 * Constants of the falling exponential, in memory, because V8 builds a constant anew wherever it is used: log2(e), ROUND,
 * log(2) in two parts, (e^r - 1 - r) / r^2 (fit for the least relative error of e^r, 1.1e-7), 1, -87.
 */
const FALLING = memory.data<f32>([
  1.44269504088896341, 12582912.0, 0.693359375, 2.12194440e-4, 0.4999923, 0.16667116, 0.04189033, 0.0083125, 1.0, -87.0,
]);

@inline
function falling(i: usize): v128 {
  return v128.load32_splat(FALLING + (i << 2));
}

/**
 * e^x for x <= 87, right to 3e-7, exactly 0 below -87. e^x is a normal number: n is added to its exponent as it stands. The
 * terms are added in pairs: a shorter wait.
 */
@inline
export function expFalling(x: v128): v128 {
  const round = falling(1);
  const t = f32x4.add(f32x4.mul(x, falling(0)), round);
  const n = f32x4.sub(t, round);
  const r = f32x4.add(f32x4.sub(x, f32x4.mul(n, falling(2))), f32x4.mul(n, falling(3)));
  const square = f32x4.mul(r, r);
  const far = f32x4.mul(f32x4.add(falling(6), f32x4.mul(falling(7), r)), square);
  const tail = f32x4.add(f32x4.add(falling(4), f32x4.mul(falling(5), r)), far);
  const y = f32x4.add(f32x4.add(r, falling(8)), f32x4.mul(tail, square));
  return v128.andnot(i32x4.add(y, i32x4.shl(t, 23)), f32x4.lt(x, falling(9)));
}

/**
 * expFalling of two vectors, operation by operation side by side: one alone waits for itself. Stores both at `to`, unless
 * that is 0, and returns their sum.
 */
@inline
export function expFallingTwo(x: v128, z: v128, to: usize): v128 {
  const log2e = falling(0), round = falling(1);
  const tx = f32x4.add(f32x4.mul(x, log2e), round), tz = f32x4.add(f32x4.mul(z, log2e), round);
  const nx = f32x4.sub(tx, round), nz = f32x4.sub(tz, round);
  const high = falling(2), low = falling(3);
  const rx = f32x4.add(f32x4.sub(x, f32x4.mul(nx, high)), f32x4.mul(nx, low));
  const rz = f32x4.add(f32x4.sub(z, f32x4.mul(nz, high)), f32x4.mul(nz, low));
  const sx = f32x4.mul(rx, rx), sz = f32x4.mul(rz, rz);
  const c4 = falling(6), c5 = falling(7);
  const fx = f32x4.mul(f32x4.add(c4, f32x4.mul(c5, rx)), sx), fz = f32x4.mul(f32x4.add(c4, f32x4.mul(c5, rz)), sz);
  const c2 = falling(4), c3 = falling(5);
  const px = f32x4.add(f32x4.add(c2, f32x4.mul(c3, rx)), fx), pz = f32x4.add(f32x4.add(c2, f32x4.mul(c3, rz)), fz);
  const one = falling(8), least = falling(9);
  const yx = f32x4.add(f32x4.add(rx, one), f32x4.mul(px, sx)), yz = f32x4.add(f32x4.add(rz, one), f32x4.mul(pz, sz));
  const ex = v128.andnot(i32x4.add(yx, i32x4.shl(tx, 23)), f32x4.lt(x, least));
  const ez = v128.andnot(i32x4.add(yz, i32x4.shl(tz, 23)), f32x4.lt(z, least));
  if (to) {
    v128.store(to, ex);
    v128.store(to, ez, 16);
  }
  return f32x4.add(ex, ez);
}

/** 0 below -104, inf above 88.73; subnormal results are exact, because 2^n is applied in two halves */
@inline
export function exp4(x: v128): v128 {
  x = f32x4.pmax(f32x4.pmin(x, f32x4.splat(89.0)), f32x4.splat(-104.0));
  const t = f32x4.add(f32x4.mul(x, f32x4.splat(1.44269504088896341)), f32x4.splat(ROUND));
  const r = lessLogs(x, f32x4.sub(t, f32x4.splat(ROUND)));
  const y = f32x4.add(f32x4.add(f32x4.mul(expTail(r), f32x4.mul(r, r)), r), f32x4.splat(1.0));
  const n = i32x4.sub(t, i32x4.splat(ROUND_BITS));
  const half = i32x4.shr_s(n, 1);
  const one = i32x4.splat(127);
  const y1 = f32x4.mul(y, i32x4.shl(i32x4.add(half, one), 23));
  return f32x4.mul(y1, i32x4.shl(i32x4.add(i32x4.sub(n, half), one), 23));
}

/** accurate near 0 */
@inline
export function expm1_4(x: v128): v128 {
  // below -20 the result is -1; above 20 the -1 is lost and e^x itself is right
  const c = f32x4.pmax(f32x4.pmin(x, f32x4.splat(20.0)), f32x4.splat(-20.0));
  const t = f32x4.add(f32x4.mul(c, f32x4.splat(1.44269504088896341)), f32x4.splat(ROUND));
  const r = lessLogs(c, f32x4.sub(t, f32x4.splat(ROUND)));
  const y = f32x4.add(f32x4.mul(expTail(r), f32x4.mul(r, r)), r);
  const scale = i32x4.shl(i32x4.add(i32x4.sub(t, i32x4.splat(ROUND_BITS)), i32x4.splat(127)), 23);
  const small = f32x4.add(f32x4.mul(y, scale), f32x4.sub(scale, f32x4.splat(1.0)));
  return v128.bitselect(exp4(x), small, f32x4.gt(x, f32x4.splat(20.0)));
}

/** log of the mantissa and exponent in `scaled`; `shift` is added to the exponent */
@inline
function logParts(scaled: v128, shift: v128): v128 {
  // mantissa in sqrt(1/2) .. sqrt(2)
  const e = i32x4.shr_s(i32x4.sub(scaled, i32x4.splat(0x3f3504f3)), 23);
  const f = f32x4.sub(i32x4.sub(scaled, i32x4.shl(e, 23)), f32x4.splat(1.0));
  const n = f32x4.convert_i32x4_s(i32x4.add(e, shift));
  const z = f32x4.mul(f, f);
  // even and odd powers apart: half as long a chain
  let p = f32x4.splat(7.0376836292e-2);
  p = f32x4.add(f32x4.mul(p, z), f32x4.splat(1.1676998740e-1));
  p = f32x4.add(f32x4.mul(p, z), f32x4.splat(1.4249322787e-1));
  p = f32x4.add(f32x4.mul(p, z), f32x4.splat(2.0000714765e-1));
  p = f32x4.add(f32x4.mul(p, z), f32x4.splat(3.3333331174e-1));
  let q = f32x4.splat(-1.1514610310e-1);
  q = f32x4.add(f32x4.mul(q, z), f32x4.splat(-1.2420140846e-1));
  q = f32x4.add(f32x4.mul(q, z), f32x4.splat(-1.6668057665e-1));
  q = f32x4.add(f32x4.mul(q, z), f32x4.splat(-2.4999993993e-1));
  p = f32x4.add(p, f32x4.mul(q, f));
  let y = f32x4.mul(f32x4.mul(p, f), z);
  y = f32x4.sub(y, f32x4.mul(n, f32x4.splat(2.12194440e-4)));
  y = f32x4.sub(y, f32x4.mul(z, f32x4.splat(0.5)));
  return f32x4.add(f32x4.add(f, y), f32x4.mul(n, f32x4.splat(0.693359375)));
}

/** log x for normal x > 0 */
@inline
export function logNormal(x: v128): v128 {
  return logParts(x, i32x4.splat(0));
}

/** -inf at 0, NaN below */
@inline
export function log4(x: v128): v128 {
  const tiny = f32x4.lt(x, f32x4.splat(1.17549435e-38));
  const scaled = v128.bitselect(f32x4.mul(x, f32x4.splat(8388608.0)), x, tiny);
  const y = logParts(scaled, v128.and(tiny, i32x4.splat(-23)));
  const positive = f32x4.gt(x, f32x4.splat(0.0));
  const special = v128.bitselect(
    f32x4.splat(-INF),
    v128.bitselect(x, f32x4.splat(NaN), positive),
    f32x4.eq(x, f32x4.splat(0.0)),
  );
  return v128.bitselect(y, special, v128.and(positive, f32x4.lt(x, f32x4.splat(INF))));
}

/** log(1 + x), accurate near 0: what rounding 1 + x lost is put back to first order */
@inline
export function log1p4(x: v128): v128 {
  const u = f32x4.add(x, f32x4.splat(1.0));
  const lost = f32x4.div(f32x4.sub(x, f32x4.sub(u, f32x4.splat(1.0))), u);
  // neither at -1 nor at inf, where it is NaN
  const sane = f32x4.lt(f32x4.abs(lost), f32x4.splat(1.0));
  return f32x4.add(log4(u), v128.and(lost, sane));
}

/** log(1 - e^x) for x < 0, switching at -log 2 (Maechler 2012) */
@inline
export function log1mexp4(x: v128): v128 {
  const near = log4(f32x4.neg(expm1_4(x)));
  const far = log1p4(f32x4.neg(exp4(x)));
  return v128.bitselect(near, far, f32x4.gt(x, f32x4.splat(-0.6931471805599453)));
}

@inline
export function sigmoid4(x: v128): v128 {
  const e = expFalling(f32x4.neg(f32x4.abs(x)));
  const one = f32x4.splat(1.0);
  const top = v128.bitselect(e, one, f32x4.lt(x, f32x4.splat(0.0)));
  return f32x4.div(top, f32x4.add(one, e));
}

/** log(1 + e^x) */
@inline
export function softplus4(x: v128): v128 {
  const e = expFalling(f32x4.neg(f32x4.abs(x)));
  return f32x4.add(f32x4.pmax(x, f32x4.splat(0.0)), log1p4(e));
}

@inline
export function tanh4(x: v128): v128 {
  const t = expm1_4(f32x4.mul(f32x4.abs(x), f32x4.splat(-2.0)));
  const y = f32x4.div(f32x4.neg(t), f32x4.add(t, f32x4.splat(2.0)));
  return v128.bitselect(x, y, i32x4.splat(0x80000000));
}

/** one number through the same polynomial */
@inline
export function logOne(x: f32): f32 {
  return f32x4.extract_lane(log4(f32x4.splat(x)), 0);
}
