/** The matrix product: packs both sides into strips, then runs the register tile over blocks that fit the L1 cache. */
import { zeroWords } from './lanes';
import { packColumns, packRows } from './strips';
import { tileByK } from './tile';

/** Longest piece of K: a panel of B then takes 8 KB. Sums of pieces are added in order. */
const K_PIECE: i32 = 256;
/** Words of A packed at a time: 16 KB. */
const A_WORDS: i32 = 4096;

/** Words of scratch that `matmul` needs. */
export function matmulScratch(n: i32, k: i32): i32 {
  return A_WORDS + ((n + 7) & ~7) * min(k, K_PIECE);
}

/** C[m,n] = A[m,k] * B[k,n]; with transA, A is stored as [k,m]; with transB, B as [n,k]. Leading sizes in elements. */
export function matmul(
  m: i32, n: i32, k: i32, a: usize, lda: i32, transA: i32, b: usize, ldb: i32, transB: i32, c: usize, ldc: i32, scratch: usize,
): void {
  if (k == 0) zeroWords(c, m * n);
  const aStep = <usize>lda << 2;
  const bStep = <usize>ldb << 2;
  const cStep = <usize>ldc << 2;
  const panels = scratch + (<usize>A_WORDS << 2);
  for (let k0 = 0; k0 < k; k0 += K_PIECE) {
    const kc = min(K_PIECE, k - k0);
    const aFrom = a + <usize>k0 * (transA ? aStep : 4);
    packColumns(b + <usize>k0 * (transB ? 4 : bStep), bStep, !transB, n, kc, panels);
    const mc = (A_WORDS / kc) & ~3;
    for (let i0 = 0; i0 < m; i0 += mc) {
      const rows = min(mc, m - i0);
      packRows(aFrom + <usize>i0 * (transA ? 4 : aStep), aStep, transA != 0, rows, kc, scratch);
      let panel = panels;
      let column = c + <usize>i0 * cStep;
      for (let j = 0; j < n; j += 8) {
        let strip = scratch;
        let place = column;
        for (let i = 0; i < rows; i += 4) {
          tileByK(kc, strip, 16, panel, 32, place, cStep, rows - i, n - j, k0 > 0);
          strip += <usize>kc << 4;
          place += cStep << 2;
        }
        panel += <usize>kc << 5;
        column += 32;
      }
    }
  }
}
