/**
 * Causal softmax attention and its gradient, one (sequence, head) at a time, on the register tile: the scores of a head
 * stay in a scratch of T x T words. T positions, C head size, D = heads * C. Only tiles on and below the diagonal are
 * computed; what lies right of the diagonal inside them is set to 0.
 */
import { expFalling } from './maths';
import { firstLanes, maxLanes, sumLanes } from './lanes';
import { packColumns } from './strips';
import { tileByK, tileByRow } from './tile';

/** Words of scratch: scores, their gradients, and five packed operands. */
export function attentionScratch(length: i32, size: i32): i32 {
  const t = wide(length);
  return 2 * t * t + 3 * wide(size) * t + 2 * t * size;
}

@inline
function wide(n: i32): i32 {
  return (n + 7) & ~7;
}

/** dst[T,T] = A[T,C] * B^T, on and below the diagonal; A by row, B packed. */
function productBelow(length: i32, size: i32, a: usize, aStep: usize, panels: usize, to: usize, toStep: usize): void {
  for (let i = 0; i < length; i += 4) {
    const row = a + <usize>i * aStep;
    const last = min(i + 4, length);
    let panel = panels;
    for (let j = 0; j < last; j += 8) {
      const place = to + <usize>i * toStep + (<usize>j << 2);
      tileByRow(size, row, aStep, panel, place, toStep, length - i, 8);
      panel += <usize>size << 5;
    }
  }
}

/** to[T,C] = W[T,T] * B[T,C] with W zero right of the diagonal; W by row, B packed. */
function lowerTimes(length: i32, size: i32, w: usize, wStep: usize, panels: usize, to: usize, toStep: usize): void {
  for (let i = 0; i < length; i += 4) {
    const row = w + <usize>i * wStep;
    const k = min(i + 4, length);
    let panel = panels;
    for (let j = 0; j < size; j += 8) {
      const place = to + <usize>i * toStep + (<usize>j << 2);
      tileByRow(k, row, wStep, panel, place, toStep, length - i, size - j);
      panel += <usize>length << 5;
    }
  }
}

/** to[T,C] = W^T[T,T] * B[T,C] with W zero right of the diagonal; B packed. */
function lowerTransposedTimes(length: i32, size: i32, w: usize, wStep: usize, panels: usize, to: usize, toStep: usize): void {
  for (let i = 0; i < length; i += 4) {
    const column = w + <usize>i * wStep + (<usize>i << 2);
    let panel = panels + (<usize>i << 5);
    for (let j = 0; j < size; j += 8) {
      const place = to + <usize>i * toStep + (<usize>j << 2);
      tileByK(length - i, column, wStep, panel, place, toStep, length - i, size - j, false);
      panel += <usize>length << 5;
    }
  }
}

/** Row i of scores becomes its softmax over positions 0 .. i, then zeros up to `end`. */
function softmaxRow(row: usize, count: i32, end: i32, scale: f32): void {
  let top = f32x4.splat(-Infinity);
  const factor = f32x4.splat(scale);
  for (let j = 0; j < count; j += 4) {
    const at = row + (<usize>j << 2);
    let v = f32x4.mul(v128.load(at), factor);
    if (count - j < 4) v = v128.bitselect(v, f32x4.splat(-Infinity), firstLanes(count - j));
    v128.store(at, v);
    top = f32x4.pmax(top, v);
  }
  const most = f32x4.splat(maxLanes(top));
  let sum = f32x4.splat(0);
  for (let j = 0; j < count; j += 4) {
    const at = row + (<usize>j << 2);
    const e = expFalling(f32x4.sub(v128.load(at), most));
    v128.store(at, e);
    sum = f32x4.add(sum, e);
  }
  const share = f32x4.splat(1 / sumLanes(sum));
  let j = 0;
  for (; j < count; j += 4) {
    const at = row + (<usize>j << 2);
    v128.store(at, f32x4.mul(v128.load(at), share));
  }
  for (; j < end; j += 4) v128.store(row + (<usize>j << 2), f32x4.splat(0));
}

/** Softmax weights of one head, from q by row and k packed, into `scores`. */
function weightsOfHead(length: i32, size: i32, q: usize, qStep: usize, keys: usize, scores: usize, step: usize): void {
  productBelow(length, size, q, qStep, keys, scores, step);
  const scale = <f32>1 / sqrt<f32>(<f32>size);
  for (let i = 0; i < length; i++) softmaxRow(scores + <usize>i * step, i + 1, (i & ~3) + 4, scale);
}

/** qkv [S*T,3D] -> y [S*T,D] */
export function attention(qkv: usize, y: usize, sequences: i32, length: i32, heads: i32, size: i32, scratch: usize): void {
  const width = heads * size;
  const d = <usize>width << 2;
  const t = wide(length);
  const step = <usize>t << 2;
  const scores = scratch;
  const keys = scores + <usize>t * step;
  const values = keys + <usize>size * step;
  for (let s = 0; s < sequences; s++) {
    for (let h = 0; h < heads; h++) {
      const q = qkv + ((<usize>h * size) << 2);
      packColumns(q + d, 3 * d, false, length, size, keys);
      packColumns(q + 2 * d, 3 * d, true, size, length, values);
      weightsOfHead(length, size, q, 3 * d, keys, scores, step);
      lowerTimes(length, size, scores, step, values, y + ((<usize>h * size) << 2), d);
    }
    qkv += <usize>length * 3 * d;
    y += <usize>length * d;
  }
}

/** dW becomes dScores = W * (dW - sum(W * dW)) * scale in one row, zeros right of the diagonal. */
function softmaxGradRow(w: usize, dW: usize, count: i32, end: i32, scale: f32): void {
  let sum = f32x4.splat(0);
  for (let j = 0; j < count; j += 4) {
    const at = <usize>j << 2;
    const v = f32x4.mul(v128.load(w + at), v128.load(dW + at));
    sum = f32x4.add(sum, count - j >= 4 ? v : v128.and(v, firstLanes(count - j)));
  }
  const mean = f32x4.splat(sumLanes(sum));
  const factor = f32x4.splat(scale);
  let j = 0;
  for (; j < count; j += 4) {
    const at = <usize>j << 2;
    const d = f32x4.mul(f32x4.mul(v128.load(w + at), factor), f32x4.sub(v128.load(dW + at), mean));
    v128.store(dW + at, count - j >= 4 ? d : v128.and(d, firstLanes(count - j)));
  }
  for (; j < end; j += 4) v128.store(dW + (<usize>j << 2), f32x4.splat(0));
}

/** qkv, dY [S*T,D] -> dQkv [S*T,3D] */
export function attention_grad(
  qkv: usize, dY: usize, dQkv: usize, sequences: i32, length: i32, heads: i32, size: i32, scratch: usize,
): void {
  const width = heads * size;
  const d = <usize>width << 2;
  const t = wide(length);
  const step = <usize>t << 2;
  const scores = scratch;
  const dScores = scores + <usize>t * step;
  // two operands as columns [C, T], then three as columns [T, C]
  const across = dScores + <usize>t * step;
  const keyRows = across + <usize>size * step;
  const bytes = (<usize>wide(size) * length) << 2;
  const queryRows = keyRows + bytes;
  const scale = <f32>1 / sqrt<f32>(<f32>size);
  for (let s = 0; s < sequences; s++) {
    for (let h = 0; h < heads; h++) {
      const head = (<usize>h * size) << 2;
      const q = qkv + head;
      const dOut = dY + head;
      const dQ = dQkv + head;
      packColumns(q + d, 3 * d, false, length, size, across);
      weightsOfHead(length, size, q, 3 * d, across, scores, step);
      packColumns(q + 2 * d, 3 * d, false, length, size, across);
      productBelow(length, size, dOut, d, across, dScores, step);
      packColumns(dOut, d, true, size, length, queryRows);
      lowerTransposedTimes(length, size, scores, step, queryRows, dQ + 2 * d, 3 * d);
      for (let i = 0; i < length; i++) {
        softmaxGradRow(scores + <usize>i * step, dScores + <usize>i * step, i + 1, (i & ~3) + 4, scale);
      }
      packColumns(q + d, 3 * d, true, size, length, keyRows);
      lowerTimes(length, size, dScores, step, keyRows, dQ, 3 * d);
      packColumns(q, 3 * d, true, size, length, queryRows);
      lowerTransposedTimes(length, size, dScores, step, queryRows, dQ + d, 3 * d);
    }
    qkv += <usize>length * 3 * d;
    dQkv += <usize>length * 3 * d;
    dY += <usize>length * d;
  }
}
