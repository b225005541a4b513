/**
 * The register tile of every matrix product: C[4,8] (+)= A[4,K] * B[K,8]. Eight accumulators, two vectors of B and one
 * of A fit the 16 registers of x86, and 4x8 was the fastest of the tiles tried. B's rows lie bStep apart: 32
 * bytes in a panel of 8 columns.
 * An element is summed over k in order. One step of k a turn: engines that unroll do so themselves, and a longer body
 * makes V8 load everything first and spill.
 */
import { store } from './lanes';

/** One row of the tile; only `cols` columns are stored. Loads may pass the row's end: those lanes are dropped. */
@inline
function putRow(c: usize, left: v128, right: v128, cols: i32, add: bool): void {
  if (add) {
    left = f32x4.add(v128.load(c), left);
    right = f32x4.add(v128.load(c, 16), right);
  }
  if (cols >= 8) {
    v128.store(c, left);
    v128.store(c, right, 16);
  } else {
    store(c, left, cols);
    if (cols > 4) store(c + 16, right, cols - 4);
  }
}

/** A's four rows lie side by side: element (r, k) at a + k * aStep + 4 * r. */
@inline
export function tileByK(
  k: i32, a: usize, aStep: usize, b: usize, bStep: usize, c: usize, cStep: usize, rows: i32, cols: i32, add: bool,
): void {
  let c00 = f32x4.splat(0), c01 = f32x4.splat(0), c10 = f32x4.splat(0), c11 = f32x4.splat(0);
  let c20 = f32x4.splat(0), c21 = f32x4.splat(0), c30 = f32x4.splat(0), c31 = f32x4.splat(0);
  const end = b + <usize>k * bStep;
  while (b < end) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    const a0 = v128.load32_splat(a);
    c00 = f32x4.add(c00, f32x4.mul(a0, b0));
    c01 = f32x4.add(c01, f32x4.mul(a0, b1));
    const a1 = v128.load32_splat(a, 4);
    c10 = f32x4.add(c10, f32x4.mul(a1, b0));
    c11 = f32x4.add(c11, f32x4.mul(a1, b1));
    const a2 = v128.load32_splat(a, 8);
    c20 = f32x4.add(c20, f32x4.mul(a2, b0));
    c21 = f32x4.add(c21, f32x4.mul(a2, b1));
    const a3 = v128.load32_splat(a, 12);
    c30 = f32x4.add(c30, f32x4.mul(a3, b0));
    c31 = f32x4.add(c31, f32x4.mul(a3, b1));
    a += aStep;
    b += bStep;
  }
  putRow(c, c00, c01, cols, add);
  if (rows > 1) putRow(c + cStep, c10, c11, cols, add);
  if (rows > 2) putRow(c + 2 * cStep, c20, c21, cols, add);
  if (rows > 3) putRow(c + 3 * cStep, c30, c31, cols, add);
}

/** A's rows lie one after the other: element (r, k) at a + r * aStep + 4 * k. Absent rows repeat the first. */
@inline
export function tileByRow(
  k: i32, a: usize, aStep: usize, b: usize, bStep: usize, c: usize, cStep: usize, rows: i32, cols: i32,
): void {
  let c00 = f32x4.splat(0), c01 = f32x4.splat(0), c10 = f32x4.splat(0), c11 = f32x4.splat(0);
  let c20 = f32x4.splat(0), c21 = f32x4.splat(0), c30 = f32x4.splat(0), c31 = f32x4.splat(0);
  let p1 = rows > 1 ? a + aStep : a;
  let p2 = rows > 2 ? a + 2 * aStep : a;
  let p3 = rows > 3 ? a + 3 * aStep : a;
  const end = b + <usize>k * bStep;
  while (b < end) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    const a0 = v128.load32_splat(a);
    c00 = f32x4.add(c00, f32x4.mul(a0, b0));
    c01 = f32x4.add(c01, f32x4.mul(a0, b1));
    const a1 = v128.load32_splat(p1);
    c10 = f32x4.add(c10, f32x4.mul(a1, b0));
    c11 = f32x4.add(c11, f32x4.mul(a1, b1));
    const a2 = v128.load32_splat(p2);
    c20 = f32x4.add(c20, f32x4.mul(a2, b0));
    c21 = f32x4.add(c21, f32x4.mul(a2, b1));
    const a3 = v128.load32_splat(p3);
    c30 = f32x4.add(c30, f32x4.mul(a3, b0));
    c31 = f32x4.add(c31, f32x4.mul(a3, b1));
    a += 4;
    p1 += 4;
    p2 += 4;
    p3 += 4;
    b += bStep;
  }
  putRow(c, c00, c01, cols, false);
  if (rows > 1) putRow(c + cStep, c10, c11, cols, false);
  if (rows > 2) putRow(c + 2 * cStep, c20, c21, cols, false);
  if (rows > 3) putRow(c + 3 * cStep, c30, c31, cols, false);
}
