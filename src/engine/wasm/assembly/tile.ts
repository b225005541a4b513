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

/** Sixteen columns of a row; only `cols` are stored. Loads may pass the row's end: those lanes are dropped. */
@inline
function putWide(c: usize, v0: v128, v1: v128, v2: v128, v3: v128, cols: i32, add: bool): void {
  if (add) {
    v0 = f32x4.add(v128.load(c), v0);
    v1 = f32x4.add(v128.load(c, 16), v1);
    v2 = f32x4.add(v128.load(c, 32), v2);
    v3 = f32x4.add(v128.load(c, 48), v3);
  }
  if (cols >= 16) {
    v128.store(c, v0);
    v128.store(c, v1, 16);
    v128.store(c, v2, 32);
    v128.store(c, v3, 48);
  } else {
    store(c, v0, cols);
    if (cols > 4) store(c + 16, v1, cols - 4);
    if (cols > 8) store(c + 32, v2, cols - 8);
    if (cols > 12) store(c + 48, v3, cols - 12);
  }
}

/** C[2,16] (+)= A[2,k] * B[k,16], k > 0. A's two rows lie side by side, 16 bytes an element of k; B's 16 columns take 64. */
@inline
export function tileWide(k: i32, a: usize, b: usize, c: usize, cStep: usize, rows: i32, cols: i32, add: bool): void {
  let c00 = f32x4.splat(0), c01 = f32x4.splat(0), c02 = f32x4.splat(0), c03 = f32x4.splat(0);
  let c10 = f32x4.splat(0), c11 = f32x4.splat(0), c12 = f32x4.splat(0), c13 = f32x4.splat(0);
  const end = b + (<usize>k << 6);
  do {
    const b0 = v128.load(b), b1 = v128.load(b, 16), b2 = v128.load(b, 32), b3 = v128.load(b, 48);
    const a0 = v128.load32_splat(a);
    c00 = f32x4.add(c00, f32x4.mul(a0, b0));
    c01 = f32x4.add(c01, f32x4.mul(a0, b1));
    c02 = f32x4.add(c02, f32x4.mul(a0, b2));
    c03 = f32x4.add(c03, f32x4.mul(a0, b3));
    const a1 = v128.load32_splat(a, 4);
    c10 = f32x4.add(c10, f32x4.mul(a1, b0));
    c11 = f32x4.add(c11, f32x4.mul(a1, b1));
    c12 = f32x4.add(c12, f32x4.mul(a1, b2));
    c13 = f32x4.add(c13, f32x4.mul(a1, b3));
    a += 16;
    b += 64;
  } while (b < end);
  putWide(c, c00, c01, c02, c03, cols, add);
  if (rows > 1) putWide(c + cStep, c10, c11, c12, c13, cols, add);
}
