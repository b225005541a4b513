/** The matrix product: packs both sides into strips, then runs the register tile over blocks that fit the L1 cache. */
import { zeroWords } from './lanes';
import { packPanels, packRows } from './strips';
import { tileWide } from './tile';

/** Longest piece of K: a panel of B then takes 16 KB. Sums of pieces are added in order. */
const K_PIECE: i32 = 256;
/** Words of A packed at a time: 64 KB, so that a stored row of a transposed A is read in long stretches. */
const A_WORDS: i32 = 16384;

/** Words of scratch that `matmul` needs. */
export function matmulScratch(n: i32, k: i32): i32 {
  return A_WORDS + ((n + 15) & ~15) * min(k, K_PIECE);
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
    packPanels(b + <usize>k0 * (transB ? 4 : bStep), bStep, !transB, n, kc, panels);
    const mc = (A_WORDS / kc) & ~3;
    for (let i0 = 0; i0 < m; i0 += mc) {
      const rows = min(mc, m - i0);
      packRows(aFrom + <usize>i0 * (transA ? 4 : aStep), aStep, transA != 0, rows, kc, scratch);
      let panel = panels;
      let column = c + <usize>i0 * cStep;
      for (let j = 0; j < n; j += 16) {
        let strip = scratch;
        let place = column;
        for (let i = 0; i < rows; i += 2) {
          tileWide(kc, strip, panel, place, cStep, rows - i, n - j, k0 > 0);
          // a strip of A holds the rows of two tiles
          strip += i & 2 ? (<usize>kc << 4) - 8 : 8;
          place += cStep << 1;
        }
        panel += <usize>kc << 6;
        column += 64;
      }
    }
  }
}
