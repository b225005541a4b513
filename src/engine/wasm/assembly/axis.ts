/** Along the last axis: log-sum-exp of rows and of their tails, orders, and permutations. */
import { checkIndex } from './lanes';
import { exp4, expFalling, logOne } from './maths';

/** e^x for x <= 0 */
@inline
function fall(x: f32): f32 {
  return f32x4.extract_lane(expFalling(f32x4.splat(x)), 0);
}

/**
 * Log of the sum of e^x over a row, from its end to its start: the maximum so far, and the sum relative to it. With
 * `keep`, what each tail gives is stored at y.
 */
@inline
function fromEnd(x: usize, y: usize, n: i32, keep: bool): f32 {
  let top: f32 = -Infinity;
  let sum: f32 = 0;
  let result: f32 = -Infinity;
  for (let i = n - 1; i >= 0; i--) {
    const at = <usize>i << 2;
    const value = load<f32>(x + at);
    if (value > top) {
      sum = sum * fall(top - value) + 1;
      top = value;
    } else {
      sum += fall(value - top);
    }
    if (keep || i == 0) result = top + logOne(sum);
    if (keep) store<f32>(y + at, result);
  }
  return result;
}

/** [rows, n] -> [rows] */
export function log_sum_exp(x: usize, y: usize, rows: i32, n: i32): void {
  for (let row = 0; row < rows; row++) {
    store<f32>(y, fromEnd(x, y, n, false));
    x += <usize>n << 2;
    y += 4;
  }
}

/** [rows, n] -> [rows, n] */
export function tail_log_sum_exp(x: usize, y: usize, rows: i32, n: i32): void {
  for (let row = 0; row < rows; row++) {
    fromEnd(x, y, n, true);
    x += <usize>n << 2;
    y += <usize>n << 2;
  }
}

/**
 * dX[j] = s[j] e^(x[j] - y[j]), where s[j] = sum over i <= j of dY[i] e^(y[j] - y[i]) comes from s[j - 1]: both exponents
 * are at most 0, because y falls along the row and y[j] >= x[j].
 */
export function tail_log_sum_exp_grad(x: usize, y: usize, dY: usize, dX: usize, rows: i32, n: i32): void {
  for (let row = 0; row < rows; row++) {
    let sum: f32 = 0;
    let before = load<f32>(y);
    for (let j = 0; j < n; j++) {
      const own = load<f32>(y);
      // one call for both: the sum's decay and the share of x[j]
      const powers = exp4(f32x4(own - before, load<f32>(x) - own, 0, 0));
      sum = sum * f32x4.extract_lane(powers, 0) + load<f32>(dY);
      store<f32>(dX, sum * f32x4.extract_lane(powers, 1));
      before = own;
      x += 4;
      y += 4;
      dY += 4;
      dX += 4;
    }
  }
}

/** The bits as an integer that orders as the number does, -0 as 0; a NaN has its place too, so that ranks never collide. */
@inline
function orderOf(x: usize): i32 {
  const bits = load<i32>(x);
  return bits << 1 == 0 ? 0 : bits ^ ((bits >> 31) & 0x7fffffff);
}

/** Each element goes to its rank: how many are smaller, or equal and before it. */
export function argsort(x: usize, y: usize, rows: i32, n: i32): void {
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < n; i++) {
      const own = orderOf(x + (<usize>i << 2));
      let rank = 0;
      for (let j = 0; j < i; j++) rank += i32(orderOf(x + (<usize>j << 2)) <= own);
      for (let j = i + 1; j < n; j++) rank += i32(orderOf(x + (<usize>j << 2)) < own);
      store<i32>(y + (<usize>rank << 2), i);
    }
    x += <usize>n << 2;
    y += <usize>n << 2;
  }
}

/** y[i] = x[index[i]] in each row */
export function take_last(x: usize, index: usize, y: usize, rows: i32, n: i32): void {
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < n; i++) {
      const from = load<i32>(index);
      checkIndex(from, n);
      store<f32>(y, load<f32>(x + (<usize>from << 2)));
      index += 4;
      y += 4;
    }
    x += <usize>n << 2;
  }
}

/** y[index[i]] = x[i] in each row */
export function put_last(x: usize, index: usize, y: usize, rows: i32, n: i32): void {
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < n; i++) {
      const to = load<i32>(index);
      checkIndex(to, n);
      store<f32>(y + (<usize>to << 2), load<f32>(x));
      index += 4;
      x += 4;
    }
    y += <usize>n << 2;
  }
}

export function to_float(x: usize, y: usize, n: i32): void {
  for (let i = 0; i < n; i++) {
    store<f32>(y, <f32>load<i32>(x));
    x += 4;
    y += 4;
  }
}
