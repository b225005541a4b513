/**
 * Philox4x32-10 (Salmon et al., SC 2011), the same ten rounds as src/base/random.ts, on four counters at once:
 * (block, c1, c2, 0) to (block + 3, c1, c2, 0).
 */

/** High and low 32 bits of the four products are picked out of the 64-bit ones. */
@inline
function high(a: v128, b: v128): v128 {
  return v128.shuffle<i32>(i64x2.extmul_low_i32x4_u(a, b), i64x2.extmul_high_i32x4_u(a, b), 1, 3, 5, 7);
}

/** Stores 16 random words at `to`: the four of the first counter, then those of the second, ... */
@inline
export function philox4(block: u32, c1: u32, c2: u32, k0: u32, k1: u32, to: usize): void {
  const m0 = i32x4.splat(0xd2511f53);
  const m1 = i32x4.splat(0xcd9e8d57);
  let x0 = i32x4.add(i32x4.splat(block), i32x4(0, 1, 2, 3));
  let x1 = i32x4.splat(c1);
  let x2 = i32x4.splat(c2);
  let x3 = i32x4.splat(0);
  for (let round = 0; round < 10; round++) {
    const high0 = high(x0, m0);
    const high1 = high(x2, m1);
    const low0 = i32x4.mul(x0, m0);
    x0 = v128.xor(v128.xor(high1, x1), i32x4.splat(k0));
    x1 = i32x4.mul(x2, m1);
    x2 = v128.xor(v128.xor(high0, x3), i32x4.splat(k1));
    x3 = low0;
    k0 += 0x9e3779b9;
    k1 += 0xbb67ae85;
  }
  const low01 = v128.shuffle<i32>(x0, x1, 0, 4, 1, 5), low23 = v128.shuffle<i32>(x2, x3, 0, 4, 1, 5);
  const high01 = v128.shuffle<i32>(x0, x1, 2, 6, 3, 7), high23 = v128.shuffle<i32>(x2, x3, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<i64>(low01, low23, 0, 2));
  v128.store(to, v128.shuffle<i64>(low01, low23, 1, 3), 16);
  v128.store(to, v128.shuffle<i64>(high01, high23, 0, 2), 32);
  v128.store(to, v128.shuffle<i64>(high01, high23, 1, 3), 48);
}
