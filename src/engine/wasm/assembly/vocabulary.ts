/**
 * Log-probability, entropy and KL over a row of logits, and their gradients. Per row: one pass for the maximum, one
 * for the sum of exponentials; the softmax itself is stored only where a gradient is, in place.
 */
import { checkIndex, firstLanes, keepFirst, maxLanes, store as put, sumLanes, zeroWords } from './lanes';
import { expFalling, expFallingTwo, logOne } from './maths';

/** Two maxima side by side: one alone would wait for itself. */
@inline
function maxOf(x: usize, v: i32): f32 {
  let top = f32x4.splat(-Infinity);
  let other = top;
  for (; v >= 8; v -= 8) {
    top = f32x4.pmax(top, v128.load(x));
    other = f32x4.pmax(other, v128.load(x, 16));
    x += 32;
  }
  top = f32x4.pmax(top, other);
  for (; v > 0; v -= 4) {
    top = f32x4.pmax(top, v128.bitselect(v128.load(x), f32x4.splat(-Infinity), firstLanes(v)));
    x += 16;
  }
  return maxLanes(top);
}

/** Sum of exp(x - top) */
@inline
function sumExp(x: usize, v: i32, top: f32): f32 {
  const most = f32x4.splat(top);
  let sum = f32x4.splat(0);
  for (; v >= 8; v -= 8) {
    sum = f32x4.add(sum, expFallingTwo(f32x4.sub(v128.load(x), most), f32x4.sub(v128.load(x, 16), most), 0));
    x += 32;
  }
  for (; v > 0; v -= 4) {
    sum = f32x4.add(sum, keepFirst(expFalling(f32x4.sub(v128.load(x), most)), v));
    x += 16;
  }
  return sumLanes(sum);
}

/** Stores exp(x - top) at y and returns the sum. */
@inline
function storeExp(x: usize, y: usize, v: i32, top: f32): f32 {
  const most = f32x4.splat(top);
  let sum = f32x4.splat(0);
  for (; v >= 8; v -= 8) {
    sum = f32x4.add(sum, expFallingTwo(f32x4.sub(v128.load(x), most), f32x4.sub(v128.load(x, 16), most), y));
    x += 32;
    y += 32;
  }
  for (; v > 0; v -= 4) {
    const e = expFalling(f32x4.sub(v128.load(x), most));
    sum = f32x4.add(sum, keepFirst(e, v));
    put(y, e, v);
    x += 16;
    y += 16;
  }
  return sumLanes(sum);
}

@inline
function scaleRow(x: usize, y: usize, v: i32, factor: f32): void {
  const scale = f32x4.splat(factor);
  for (; v >= 8; v -= 8) {
    v128.store(y, f32x4.mul(v128.load(x), scale));
    v128.store(y, f32x4.mul(v128.load(x, 16), scale), 16);
    x += 32;
    y += 32;
  }
  for (; v > 0; v -= 4) {
    put(y, f32x4.mul(v128.load(x), scale), v);
    x += 16;
    y += 16;
  }
}

/** `kept`, where it is not 0, gets exp(x - max) [n,v], then the sums of its rows [n]. */
export function token_logp(logits: usize, target: usize, y: usize, kept: usize, n: i32, v: i32): void {
  let sums = kept + ((<usize>n * v) << 2);
  for (let i = 0; i < n; i++) {
    const word = load<i32>(target);
    checkIndex(word, v);
    const top = maxOf(logits, v);
    let sum: f32;
    if (kept) {
      sum = storeExp(logits, kept, v, top);
      store<f32>(sums, sum);
      kept += <usize>v << 2;
      sums += 4;
    } else {
      sum = sumExp(logits, v, top);
    }
    store<f32>(y, load<f32>(logits + (<usize>word << 2)) - top - logOne(sum));
    logits += <usize>v << 2;
    target += 4;
    y += 4;
  }
}

/**
 * dY * (onehot(target) - p); a row that nothing flows into (a masked token) is not looked at. `kept`: exponentials and
 * sums from the forward call, or 0.
 */
export function token_logp_grad(
  logits: usize, target: usize, dY: usize, dX: usize, kept: usize, n: i32, v: i32,
): void {
  let sums = kept + ((<usize>n * v) << 2);
  for (let i = 0; i < n; i++) {
    const d = load<f32>(dY);
    const word = load<i32>(target);
    checkIndex(word, v);
    if (d == 0) {
      zeroWords(dX, v);
    } else {
      const sum = kept ? load<f32>(sums) : storeExp(logits, dX, v, maxOf(logits, v));
      scaleRow(kept ? kept : dX, dX, v, -d / sum);
      const own = dX + (<usize>word << 2);
      store<f32>(own, load<f32>(own) + d);
    }
    if (kept) {
      kept += <usize>v << 2;
      sums += 4;
    }
    logits += <usize>v << 2;
    dX += <usize>v << 2;
    dY += 4;
    target += 4;
  }
}

/** Sum of exp(x - top) * (x - top): with the sum of exponentials it gives the entropy. */
@inline
function sumExpTimes(x: usize, v: i32, top: f32): f32 {
  const most = f32x4.splat(top);
  let sum = f32x4.splat(0);
  for (; v > 0; v -= 4) {
    const l = f32x4.sub(v128.load(x), most);
    const term = f32x4.mul(expFalling(l), l);
    sum = f32x4.add(sum, v >= 4 ? term : v128.and(term, firstLanes(v)));
    x += 16;
  }
  return sumLanes(sum);
}

/** entropy = log(sum of e) - (sum of e * (x - top)) / (sum of e) with e = exp(x - top), both sums in one pass */
export function token_entropy(logits: usize, y: usize, n: i32, v: i32): void {
  for (let i = 0; i < n; i++) {
    const most = f32x4.splat(maxOf(logits, v));
    let sum = f32x4.splat(0);
    let times = f32x4.splat(0);
    let left = v;
    for (; left >= 4; left -= 4) {
      const l = f32x4.sub(v128.load(logits), most);
      const e = expFalling(l);
      sum = f32x4.add(sum, e);
      times = f32x4.add(times, f32x4.mul(e, l));
      logits += 16;
    }
    if (left > 0) {
      const l = f32x4.sub(v128.load(logits), most);
      const e = v128.and(expFalling(l), firstLanes(left));
      sum = f32x4.add(sum, e);
      times = f32x4.add(times, v128.and(f32x4.mul(e, l), firstLanes(left)));
      logits += <usize>left << 2;
    }
    const total = sumLanes(sum);
    store<f32>(y, logOne(total) - sumLanes(times) / total);
    y += 4;
  }
}

/** -dY * p * (log p + entropy); log p + entropy = (x - top) - mean(x - top) */
export function token_entropy_grad(logits: usize, dY: usize, dX: usize, n: i32, v: i32): void {
  for (let i = 0; i < n; i++) {
    const top = maxOf(logits, v);
    const sum = storeExp(logits, dX, v, top);
    const mean = f32x4.splat(sumExpTimes(logits, v, top) / sum);
    const most = f32x4.splat(top);
    const scale = f32x4.splat(-load<f32>(dY) / sum);
    for (let left = v; left > 0; left -= 4) {
      const l = f32x4.sub(f32x4.sub(v128.load(logits), most), mean);
      put(dX, f32x4.mul(f32x4.mul(v128.load(dX), scale), l), left);
      const bytes = min(left, 4) << 2;
      logits += bytes;
      dX += bytes;
    }
    dY += 4;
  }
}

/** log p of four words: exact differences from the maximum first, so that logits of +-1000 lose nothing. */
@inline
function logp(x: usize, top: v128, logSum: v128): v128 {
  return f32x4.sub(f32x4.sub(v128.load(x), top), logSum);
}

/** Sum of p * (log p - log q) */
@inline
function klOf(p: usize, q: usize, v: i32, topP: v128, logSumP: v128, topQ: v128, logSumQ: v128): f32 {
  let sum = f32x4.splat(0);
  for (; v > 0; v -= 4) {
    const l = logp(p, topP, logSumP);
    const term = f32x4.mul(expFalling(l), f32x4.sub(l, logp(q, topQ, logSumQ)));
    sum = f32x4.add(sum, v >= 4 ? term : v128.and(term, firstLanes(v)));
    p += 16;
    q += 16;
  }
  return sumLanes(sum);
}

@inline
function logSumExp(x: usize, v: i32, top: f32): v128 {
  return f32x4.splat(logOne(sumExp(x, v, top)));
}

export function token_kl(p: usize, q: usize, y: usize, n: i32, v: i32): void {
  for (let i = 0; i < n; i++) {
    const topP = maxOf(p, v);
    const topQ = maxOf(q, v);
    const logSumP = logSumExp(p, v, topP);
    const logSumQ = logSumExp(q, v, topQ);
    store<f32>(y, klOf(p, q, v, f32x4.splat(topP), logSumP, f32x4.splat(topQ), logSumQ));
    p += <usize>v << 2;
    q += <usize>v << 2;
    y += 4;
  }
}

/** dY * p * (log p - log q - KL) */
export function token_kl_grad(p: usize, q: usize, dY: usize, dX: usize, n: i32, v: i32): void {
  for (let i = 0; i < n; i++) {
    const maxP = maxOf(p, v);
    const maxQ = maxOf(q, v);
    const logSumP = logSumExp(p, v, maxP);
    const logSumQ = logSumExp(q, v, maxQ);
    const topP = f32x4.splat(maxP);
    const topQ = f32x4.splat(maxQ);
    const kl = f32x4.splat(klOf(p, q, v, topP, logSumP, topQ, logSumQ));
    const d = f32x4.splat(load<f32>(dY));
    for (let left = v; left > 0; left -= 4) {
      const l = logp(p, topP, logSumP);
      const gap = f32x4.sub(f32x4.sub(l, logp(q, topQ, logSumQ)), kl);
      put(dX, f32x4.mul(f32x4.mul(expFalling(l), gap), d), left);
      const bytes = min(left, 4) << 2;
      p += bytes;
      q += bytes;
      dX += bytes;
    }
    dY += 4;
  }
}

/** dY * (q - p) */
export function token_kl_grad_q(p: usize, q: usize, dY: usize, dX: usize, n: i32, v: i32): void {
  for (let i = 0; i < n; i++) {
    const maxP = maxOf(p, v);
    const maxQ = maxOf(q, v);
    const logSumP = logSumExp(p, v, maxP);
    const logSumQ = logSumExp(q, v, maxQ);
    const topP = f32x4.splat(maxP);
    const topQ = f32x4.splat(maxQ);
    const d = f32x4.splat(load<f32>(dY));
    for (let left = v; left > 0; left -= 4) {
      const gap = f32x4.sub(expFalling(logp(q, topQ, logSumQ)), expFalling(logp(p, topP, logSumP)));
      put(dX, f32x4.mul(gap, d), left);
      const bytes = min(left, 4) << 2;
      p += bytes;
      q += bytes;
      dX += bytes;
    }
    dY += 4;
  }
}

/** Sum of p^2 = (sum of e^2) / (sum of e)^2 with e = exp(x - top) */
export function token_sum_p_squared(logits: usize, y: usize, n: i32, v: i32): void {
  for (let i = 0; i < n; i++) {
    const most = f32x4.splat(maxOf(logits, v));
    let sum = f32x4.splat(0);
    let squares = f32x4.splat(0);
    for (let left = v; left > 0; left -= 4) {
      let e = expFalling(f32x4.sub(v128.load(logits), most));
      if (left < 4) e = v128.and(e, firstLanes(left));
      sum = f32x4.add(sum, e);
      squares = f32x4.add(squares, f32x4.mul(e, e));
      logits += min(left, 4) << 2;
    }
    const total = sumLanes(sum);
    store<f32>(y, sumLanes(squares) / (total * total));
    y += 4;
  }
}
