/** Sums along the last axis, copies, and rows picked or added by index. */
import { checkIndex, copyWords, firstLanes, zeroWords } from './lanes';

@inline
function promoteHigh(v: v128): v128 {
  return f64x2.promote_low_f32x4(v128.shuffle<i64>(v, v, 1, 1));
}

/** [rows, n] -> [rows]. Summed in double precision: the sum over all parameters has 10^5 terms. */
export function sum_last(x: usize, y: usize, rows: i32, n: i32): void {
  for (let i = 0; i < rows; i++) {
    let low = f64x2.splat(0);
    let high = f64x2.splat(0);
    let left = n;
    for (; left >= 4; left -= 4) {
      const v = v128.load(x);
      low = f64x2.add(low, f64x2.promote_low_f32x4(v));
      high = f64x2.add(high, promoteHigh(v));
      x += 16;
    }
    if (left > 0) {
      const v = v128.and(v128.load(x), firstLanes(left));
      low = f64x2.add(low, f64x2.promote_low_f32x4(v));
      high = f64x2.add(high, promoteHigh(v));
      x += <usize>left << 2;
    }
    const both = f64x2.add(low, high);
    store<f32>(y, <f32>(f64x2.extract_lane(both, 0) + f64x2.extract_lane(both, 1)));
    y += 4;
  }
}

/** [rows] -> [rows, n] */
export function expand_last(x: usize, y: usize, rows: i32, n: i32): void {
  for (let i = 0; i < rows; i++) {
    const value = load<f32>(x);
    const wide = f32x4.splat(value);
    let left = n;
    for (; left >= 4; left -= 4) {
      v128.store(y, wide);
      y += 16;
    }
    for (; left > 0; left--) {
      store<f32>(y, value);
      y += 4;
    }
    x += 4;
  }
}

/** Zeros of `size` words with the n words of x at `offset`. */
export function unview(x: usize, y: usize, n: i32, offset: i32, size: i32): void {
  zeroWords(y, size);
  copyWords(y + (<usize>offset << 2), x, n);
}

export function copy(to: usize, from: usize, n: i32): void {
  copyWords(to, from, n);
}

/** table [rows, width], index [n] -> [n, width] */
export function gather(table: usize, index: usize, y: usize, n: i32, width: i32, rows: i32): void {
  const bytes = <usize>width << 2;
  for (let i = 0; i < n; i++) {
    const row = load<i32>(index);
    checkIndex(row, rows);
    copyWords(y, table + <usize>row * bytes, width);
    index += 4;
    y += bytes;
  }
}

/** index [n], x [n, width] -> [rows, width]: sums in the order of the index. */
export function scatter_add(index: usize, x: usize, y: usize, n: i32, width: i32, rows: i32): void {
  zeroWords(y, rows * width);
  for (let i = 0; i < n; i++) {
    const row = load<i32>(index);
    checkIndex(row, rows);
    let to = y + ((<usize>row * width) << 2);
    let left = width;
    for (; left >= 4; left -= 4) {
      v128.store(to, f32x4.add(v128.load(to), v128.load(x)));
      to += 16;
      x += 16;
    }
    for (; left > 0; left--) {
      store<f32>(to, load<f32>(to) + load<f32>(x));
      to += 4;
      x += 4;
    }
    index += 4;
  }
}
