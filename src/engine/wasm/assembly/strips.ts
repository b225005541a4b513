/**
 * Lays matrices out for the register tile. A strip is up to four lines (rows of A, columns of B) of K elements, stored
 * element by element: line l of element k at `to + k * toStep + 4 * l`. Lines that are absent hold finite values
 * that nothing reads back. Steps are in bytes.
 */
import { firstLanes } from './lanes';

/** Lines lie side by side: element k of line l at from + k * step + 4 * l. */
function stripByK(from: usize, step: usize, lines: i32, k: i32, to: usize, toStep: usize): void {
  if (lines >= 4) {
    for (; k > 0; k--) {
      v128.store(to, v128.load(from));
      from += step;
      to += toStep;
    }
  } else {
    const mask = firstLanes(lines);
    for (; k > 0; k--) {
      v128.store(to, v128.and(mask, v128.load(from)));
      from += step;
      to += toStep;
    }
  }
}

/** Lines lie one after the other: element k of line l at from + l * step + 4 * k. Transposes 4x4 blocks. */
function stripByLine(from: usize, step: usize, lines: i32, k: i32, to: usize, toStep: usize): void {
  let p1 = lines > 1 ? from + step : from;
  let p2 = lines > 2 ? from + 2 * step : from;
  let p3 = lines > 3 ? from + 3 * step : from;
  for (; k >= 4; k -= 4) {
    const r0 = v128.load(from), r1 = v128.load(p1), r2 = v128.load(p2), r3 = v128.load(p3);
    const low01 = v128.shuffle<i32>(r0, r1, 0, 4, 1, 5), low23 = v128.shuffle<i32>(r2, r3, 0, 4, 1, 5);
    const high01 = v128.shuffle<i32>(r0, r1, 2, 6, 3, 7), high23 = v128.shuffle<i32>(r2, r3, 2, 6, 3, 7);
    v128.store(to, v128.shuffle<i64>(low01, low23, 0, 2));
    to += toStep;
    v128.store(to, v128.shuffle<i64>(low01, low23, 1, 3));
    to += toStep;
    v128.store(to, v128.shuffle<i64>(high01, high23, 0, 2));
    to += toStep;
    v128.store(to, v128.shuffle<i64>(high01, high23, 1, 3));
    to += toStep;
    from += 16;
    p1 += 16;
    p2 += 16;
    p3 += 16;
  }
  for (; k > 0; k--) {
    store<f32>(to, load<f32>(from));
    store<f32>(to, load<f32>(p1), 4);
    store<f32>(to, load<f32>(p2), 8);
    store<f32>(to, load<f32>(p3), 12);
    to += toStep;
    from += 4;
    p1 += 4;
    p2 += 4;
    p3 += 4;
  }
}

/** Four strips of four lines each, one strip after the other; lines lie side by side. */
function fourStripsByK(from: usize, step: usize, k: i32, to: usize): void {
  let to1 = to + (<usize>k << 4);
  let to2 = to1 + (<usize>k << 4);
  let to3 = to2 + (<usize>k << 4);
  for (; k > 0; k--) {
    const v0 = v128.load(from), v1 = v128.load(from, 16), v2 = v128.load(from, 32), v3 = v128.load(from, 48);
    v128.store(to, v0);
    v128.store(to1, v1);
    v128.store(to2, v2);
    v128.store(to3, v3);
    from += step;
    to += 16;
    to1 += 16;
    to2 += 16;
    to3 += 16;
  }
}

/** Strips of four rows of A, one after the other, 16 bytes an element. `byK`: A is stored as [K, M]. */
export function packRows(a: usize, step: usize, byK: bool, m: i32, k: i32, to: usize): void {
  const next: usize = byK ? 16 : step << 2;
  for (; byK && m >= 16; m -= 16) {
    fourStripsByK(a, step, k, to);
    a += 64;
    to += <usize>k << 6;
  }
  for (; m > 0; m -= 4) {
    if (byK) stripByK(a, step, m, k, to, 16);
    else stripByLine(a, step, m, k, to, 16);
    a += next;
    to += <usize>k << 4;
  }
}

/** Panels of eight columns of B, one after the other, 32 bytes an element. `byK`: B is stored as [K, N]. */
export function packColumns(b: usize, step: usize, byK: bool, n: i32, k: i32, to: usize): void {
  const next: usize = byK ? 16 : step << 2;
  for (; n > 0; n -= 8) {
    if (byK) stripByK(b, step, n, k, to, 32);
    else stripByLine(b, step, n, k, to, 32);
    b += next;
    // the second half of an odd panel may have no line at all: it repeats the first
    const rest = n > 4 ? b : b - next;
    if (byK) stripByK(rest, step, n > 4 ? n - 4 : n, k, to + 16, 32);
    else stripByLine(rest, step, n > 4 ? n - 4 : n, k, to + 16, 32);
    b += next;
    to += <usize>k << 5;
  }
}

/** Sixteen lines that lie side by side. */
function panelByK(from: usize, step: usize, k: i32, to: usize): void {
  for (; k > 0; k--) {
    const v0 = v128.load(from), v1 = v128.load(from, 16), v2 = v128.load(from, 32), v3 = v128.load(from, 48);
    v128.store(to, v0);
    v128.store(to, v1, 16);
    v128.store(to, v2, 32);
    v128.store(to, v3, 48);
    from += step;
    to += 64;
  }
}

/** Panels of sixteen columns of B, one after the other, 64 bytes an element. `byK`: B is stored as [K, N]. */
export function packPanels(b: usize, step: usize, byK: bool, n: i32, k: i32, to: usize): void {
  const next: usize = byK ? 16 : step << 2;
  for (; n > 0; n -= 16) {
    if (byK && n >= 16) {
      panelByK(b, step, k, to);
    } else {
      let from = b;
      for (let l = 0; l < 16 && l < n; l += 4) {
        if (byK) stripByK(from, step, n - l, k, to + (<usize>l << 2), 64);
        else stripByLine(from, step, n - l, k, to + (<usize>l << 2), 64);
        from += next;
      }
    }
    b += next << 2;
    to += <usize>k << 6;
  }
}
