/**
 * Causal softmax attention and its gradient, one (sequence, head) at a time, on the register tile: the scores of a head
 * stay in a scratch of T x T words. T positions, C head size, D = heads * C. Only tiles on and below the diagonal are
 * computed; what lies right of the diagonal inside them is set to 0.
 */
import { expFallingTwo } from './maths';
import { firstLanes, maxLanes, sumLanes } from './lanes';
import { packColumns } from './strips';
import { tileByK, tileByRow } from './tile';

/** Words of scratch: scores, their gradients, and one packed operand. */
export function attentionScratch(length: i32, size: i32): i32 {
  const t = wide(length);
  return 2 * t * t + t * size;
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
      tileByRow(size, row, aStep, panel, 32, place, toStep, length - i, 8);
      panel += <usize>size << 5;
    }
  }
}

/** to[T,C] = W[T,T] * B[T,C] with W zero right of the diagonal; W and B by row. */
function lowerTimes(length: i32, size: i32, w: usize, wStep: usize, b: usize, bStep: usize, to: usize, toStep: usize): void {
  for (let i = 0; i < length; i += 4) {
    const row = w + <usize>i * wStep;
    const k = min(i + 4, length);
    for (let j = 0; j < size; j += 8) {
      const at = <usize>j << 2;
      tileByRow(k, row, wStep, b + at, bStep, to + <usize>i * toStep + at, toStep, length - i, size - j);
    }
  }
}

/** to[T,C] = W^T[T,T] * B[T,C] with W zero right of the diagonal; B by row. */
function lowerTransposedTimes(
  length: i32, size: i32, w: usize, wStep: usize, b: usize, bStep: usize, to: usize, toStep: usize,
): void {
  for (let i = 0; i < length; i += 4) {
    const column = w + <usize>i * wStep + (<usize>i << 2);
    const from = b + <usize>i * bStep;
    for (let j = 0; j < size; j += 8) {
      const at = <usize>j << 2;
      const place = to + <usize>i * toStep + at;
      tileByK(length - i, column, wStep, from + at, bStep, place, toStep, length - i, size - j, false);
    }
  }
}

/** Bytes to the end of the panel that holds column i. */
@inline
function panelEnd(i: i32): usize {
  return ((<usize>i & ~7) + 8) << 2;
}

/** Right of the diagonal, up to the end of its panel, row r of the tile at row i gets -inf: no weight. */
@inline
function hideFuture(row: usize, i: i32, r: i32): void {
  const none = f32x4.splat(-Infinity);
  const diagonal = row + (<usize>i << 2);
  v128.store(diagonal, v128.bitselect(v128.load(diagonal), none, firstLanes(r + 1)));
  if ((i & 4) == 0) v128.store(diagonal, none, 16);
}

@inline
function maxTwo(top: v128, at: usize): v128 {
  return f32x4.pmax(top, f32x4.pmax(v128.load(at), v128.load(at, 16)));
}

@inline
function expTwo(at: usize, top: v128, factor: v128): v128 {
  const x = f32x4.mul(f32x4.sub(v128.load(at), top), factor);
  return expFallingTwo(x, f32x4.mul(f32x4.sub(v128.load(at, 16), top), factor), at);
}

@inline
function scaleTwo(at: usize, share: v128): void {
  v128.store(at, f32x4.mul(v128.load(at), share));
  v128.store(at, f32x4.mul(v128.load(at, 16), share), 16);
}

/**
 * Four rows of scores from row i on (a multiple of 4) become their softmax over positions up to their own, then zeros
 * to the end of the diagonal's panel. Four rows at once, because one row alone waits for its maximum and its sum.
 */
function softmaxTile(row0: usize, step: usize, i: i32, scale: f32): void {
  const row1 = row0 + step, row2 = row1 + step, row3 = row2 + step;
  const factor = f32x4.splat(scale);
  const end = panelEnd(i);
  hideFuture(row0, i, 0);
  hideFuture(row1, i, 1);
  hideFuture(row2, i, 2);
  hideFuture(row3, i, 3);
  let top0 = f32x4.splat(-Infinity), top1 = top0, top2 = top0, top3 = top0;
  for (let at: usize = 0; at < end; at += 32) {
    top0 = maxTwo(top0, row0 + at);
    top1 = maxTwo(top1, row1 + at);
    top2 = maxTwo(top2, row2 + at);
    top3 = maxTwo(top3, row3 + at);
  }
  top0 = f32x4.splat(maxLanes(top0));
  top1 = f32x4.splat(maxLanes(top1));
  top2 = f32x4.splat(maxLanes(top2));
  top3 = f32x4.splat(maxLanes(top3));
  let sum0 = f32x4.splat(0), sum1 = sum0, sum2 = sum0, sum3 = sum0;
  for (let at: usize = 0; at < end; at += 32) {
    sum0 = f32x4.add(sum0, expTwo(row0 + at, top0, factor));
    sum1 = f32x4.add(sum1, expTwo(row1 + at, top1, factor));
    sum2 = f32x4.add(sum2, expTwo(row2 + at, top2, factor));
    sum3 = f32x4.add(sum3, expTwo(row3 + at, top3, factor));
  }
  sum0 = f32x4.splat(1 / sumLanes(sum0));
  sum1 = f32x4.splat(1 / sumLanes(sum1));
  sum2 = f32x4.splat(1 / sumLanes(sum2));
  sum3 = f32x4.splat(1 / sumLanes(sum3));
  for (let at: usize = 0; at < end; at += 32) {
    scaleTwo(row0 + at, sum0);
    scaleTwo(row1 + at, sum1);
    scaleTwo(row2 + at, sum2);
    scaleTwo(row3 + at, sum3);
  }
}

/** Softmax weights of one head, from q by row and k packed, into `scores`. */
function weightsOfHead(length: i32, size: i32, q: usize, qStep: usize, keys: usize, scores: usize, step: usize): void {
  productBelow(length, size, q, qStep, keys, scores, step);
  const scale = <f32>1 / sqrt<f32>(<f32>size);
  // rows past the last are computed too: the scratch has room for them, and nothing reads them
  for (let i = 0; i < length; i += 4) softmaxTile(scores + <usize>i * step, step, i, scale);
}

/** qkv [S*T,3D] -> y [S*T,D]; `kept`, where it is not 0, gets the weights of each sequence and head [S,H,T,T]. */
export function attention(
  qkv: usize, y: usize, kept: usize, sequences: i32, length: i32, heads: i32, size: i32, scratch: usize,
): void {
  const width = heads * size;
  const d = <usize>width << 2;
  const t = wide(length);
  const step = <usize>t << 2;
  const square = <usize>t * step;
  const keys = scratch + square;
  let scores = kept ? kept : scratch;
  for (let s = 0; s < sequences; s++) {
    for (let h = 0; h < heads; h++) {
      const q = qkv + ((<usize>h * size) << 2);
      packColumns(q + d, 3 * d, false, length, size, keys);
      weightsOfHead(length, size, q, 3 * d, keys, scores, step);
      lowerTimes(length, size, scores, step, q + 2 * d, 3 * d, y + ((<usize>h * size) << 2), d);
      if (kept) scores += square;
    }
    qkv += <usize>length * 3 * d;
    y += <usize>length * d;
  }
}

@inline
function dotTwo(sum: v128, w: usize, dW: usize): v128 {
  const v = f32x4.mul(v128.load(w), v128.load(dW));
  return f32x4.add(sum, f32x4.add(v, f32x4.mul(v128.load(w, 16), v128.load(dW, 16))));
}

@inline
function gradTwo(w: usize, dW: usize, mean: v128, factor: v128): void {
  const v = f32x4.mul(v128.load(w), factor), u = f32x4.mul(v128.load(w, 16), factor);
  v128.store(dW, f32x4.mul(v, f32x4.sub(v128.load(dW), mean)));
  v128.store(dW, f32x4.mul(u, f32x4.sub(v128.load(dW, 16), mean)), 16);
}

/** dW becomes dScores = W * (dW - sum(W * dW)) * scale in four rows; W, and so dScores, is 0 right of the diagonal. */
function softmaxGradTile(w0: usize, dW0: usize, step: usize, i: i32, scale: f32): void {
  const w1 = w0 + step, w2 = w1 + step, w3 = w2 + step;
  const dW1 = dW0 + step, dW2 = dW1 + step, dW3 = dW2 + step;
  const factor = f32x4.splat(scale);
  const end = panelEnd(i);
  let mean0 = f32x4.splat(0), mean1 = mean0, mean2 = mean0, mean3 = mean0;
  for (let at: usize = 0; at < end; at += 32) {
    mean0 = dotTwo(mean0, w0 + at, dW0 + at);
    mean1 = dotTwo(mean1, w1 + at, dW1 + at);
    mean2 = dotTwo(mean2, w2 + at, dW2 + at);
    mean3 = dotTwo(mean3, w3 + at, dW3 + at);
  }
  mean0 = f32x4.splat(sumLanes(mean0));
  mean1 = f32x4.splat(sumLanes(mean1));
  mean2 = f32x4.splat(sumLanes(mean2));
  mean3 = f32x4.splat(sumLanes(mean3));
  for (let at: usize = 0; at < end; at += 32) {
    gradTwo(w0 + at, dW0 + at, mean0, factor);
    gradTwo(w1 + at, dW1 + at, mean1, factor);
    gradTwo(w2 + at, dW2 + at, mean2, factor);
    gradTwo(w3 + at, dW3 + at, mean3, factor);
  }
}

/** qkv, dY [S*T,D] -> dQkv [S*T,3D]; `kept`: the weights from the forward call, or 0. */
export function attention_grad(
  qkv: usize, dY: usize, dQkv: usize, kept: usize, sequences: i32, length: i32, heads: i32, size: i32, scratch: usize,
): void {
  const width = heads * size;
  const d = <usize>width << 2;
  const t = wide(length);
  const step = <usize>t << 2;
  const square = <usize>t * step;
  const dScores = scratch + square;
  const across = dScores + square;
  let scores = kept ? kept : scratch;
  const scale = <f32>1 / sqrt<f32>(<f32>size);
  for (let s = 0; s < sequences; s++) {
    for (let h = 0; h < heads; h++) {
      const head = (<usize>h * size) << 2;
      const q = qkv + head;
      const dOut = dY + head;
      const dQ = dQkv + head;
      if (!kept) {
        packColumns(q + d, 3 * d, false, length, size, across);
        weightsOfHead(length, size, q, 3 * d, across, scores, step);
      }
      packColumns(q + 2 * d, 3 * d, false, length, size, across);
      productBelow(length, size, dOut, d, across, dScores, step);
      lowerTransposedTimes(length, size, scores, step, dOut, d, dQ + 2 * d, 3 * d);
      for (let i = 0; i < length; i += 4) {
        const row = <usize>i * step;
        softmaxGradTile(scores + row, dScores + row, step, i, scale);
      }
      lowerTimes(length, size, dScores, step, q + d, 3 * d, dQ, 3 * d);
      lowerTransposedTimes(length, size, dScores, step, q, 3 * d, dQ + d, 3 * d);
      if (kept) scores += square;
    }
    qkv += <usize>length * 3 * d;
    dQkv += <usize>length * 3 * d;
    dY += <usize>length * d;
  }
}
