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

/** The lanes of the diagonal's vector that row r of a tile may see. */
@inline
function onDiagonal(v: v128, r: i32, otherwise: v128): v128 {
  return v128.bitselect(v, otherwise, firstLanes(r + 1));
}

/**
 * Four rows of scores from row i on (a multiple of 4) become their softmax over positions up to their own, then zeros
 * to the end of the diagonal's vector. Four rows at once, because one row alone waits for its maximum and its sum.
 */
function softmaxTile(row0: usize, step: usize, i: i32, scale: f32): void {
  const row1 = row0 + step, row2 = row1 + step, row3 = row2 + step;
  const factor = f32x4.splat(scale);
  const diagonal = <usize>i << 2;
  const none = f32x4.splat(-Infinity);
  let top0 = none, top1 = none, top2 = none, top3 = none;
  for (let at: usize = 0; at <= diagonal; at += 16) {
    let v0 = f32x4.mul(v128.load(row0 + at), factor), v1 = f32x4.mul(v128.load(row1 + at), factor);
    let v2 = f32x4.mul(v128.load(row2 + at), factor), v3 = f32x4.mul(v128.load(row3 + at), factor);
    if (at == diagonal) {
      v0 = onDiagonal(v0, 0, none);
      v1 = onDiagonal(v1, 1, none);
      v2 = onDiagonal(v2, 2, none);
    }
    v128.store(row0 + at, v0);
    v128.store(row1 + at, v1);
    v128.store(row2 + at, v2);
    v128.store(row3 + at, v3);
    top0 = f32x4.pmax(top0, v0);
    top1 = f32x4.pmax(top1, v1);
    top2 = f32x4.pmax(top2, v2);
    top3 = f32x4.pmax(top3, v3);
  }
  top0 = f32x4.splat(maxLanes(top0));
  top1 = f32x4.splat(maxLanes(top1));
  top2 = f32x4.splat(maxLanes(top2));
  top3 = f32x4.splat(maxLanes(top3));
  let sum0 = f32x4.splat(0), sum1 = f32x4.splat(0), sum2 = f32x4.splat(0), sum3 = f32x4.splat(0);
  for (let at: usize = 0; at <= diagonal; at += 16) {
    const e0 = expFalling(f32x4.sub(v128.load(row0 + at), top0)), e1 = expFalling(f32x4.sub(v128.load(row1 + at), top1));
    v128.store(row0 + at, e0);
    v128.store(row1 + at, e1);
    sum0 = f32x4.add(sum0, e0);
    sum1 = f32x4.add(sum1, e1);
    const e2 = expFalling(f32x4.sub(v128.load(row2 + at), top2)), e3 = expFalling(f32x4.sub(v128.load(row3 + at), top3));
    v128.store(row2 + at, e2);
    v128.store(row3 + at, e3);
    sum2 = f32x4.add(sum2, e2);
    sum3 = f32x4.add(sum3, e3);
  }
  sum0 = f32x4.splat(1 / sumLanes(sum0));
  sum1 = f32x4.splat(1 / sumLanes(sum1));
  sum2 = f32x4.splat(1 / sumLanes(sum2));
  sum3 = f32x4.splat(1 / sumLanes(sum3));
  for (let at: usize = 0; at <= diagonal; at += 16) {
    v128.store(row0 + at, f32x4.mul(v128.load(row0 + at), sum0));
    v128.store(row1 + at, f32x4.mul(v128.load(row1 + at), sum1));
    v128.store(row2 + at, f32x4.mul(v128.load(row2 + at), sum2));
    v128.store(row3 + at, f32x4.mul(v128.load(row3 + at), sum3));
  }
}

/** Softmax weights of one head, from q by row and k packed, into `scores`. */
function weightsOfHead(length: i32, size: i32, q: usize, qStep: usize, keys: usize, scores: usize, step: usize): void {
  productBelow(length, size, q, qStep, keys, scores, step);
  const scale = <f32>1 / sqrt<f32>(<f32>size);
  // rows past the last are computed too: the scratch has room for them, and nothing reads them
  for (let i = 0; i < length; i += 4) softmaxTile(scores + <usize>i * step, step, i, scale);
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
