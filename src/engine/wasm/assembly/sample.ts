/** Gumbel-max sampling: the word with the largest logits / temperature + noise; see the op's comment in types.ts. */
import { firstLanes } from './lanes';
import { logNormal } from './maths';
import { philox4 } from './philox';

/** -log(-log(u)) with u = ((x >>> 9) + 1/2) / 2^23, which lies inside 0 .. 1 */
@inline
function gumbel(x: v128): v128 {
  const count = f32x4.add(f32x4.convert_i32x4_s(i32x4.shr_u(x, 9)), f32x4.splat(0.5));
  const u = f32x4.mul(count, f32x4.splat(1.1920928955078125e-7));
  return f32x4.neg(logNormal(f32x4.neg(logNormal(u))));
}

/** Four lanes keep the best of every fourth word; then the best of the four, and among equals the smaller word. */
@inline
function firstBest(best: v128, word: v128): i32 {
  let top = f32x4.extract_lane(best, 0);
  let first = i32x4.extract_lane(word, 0);
  const b1 = f32x4.extract_lane(best, 1), b2 = f32x4.extract_lane(best, 2), b3 = f32x4.extract_lane(best, 3);
  const w1 = i32x4.extract_lane(word, 1), w2 = i32x4.extract_lane(word, 2), w3 = i32x4.extract_lane(word, 3);
  if (b1 > top || (b1 == top && w1 < first)) { top = b1; first = w1; }
  if (b2 > top || (b2 == top && w2 < first)) { top = b2; first = w2; }
  if (b3 > top || (b3 == top && w3 < first)) { top = b3; first = w3; }
  return first;
}

/** scores[v] = logits / temperature + noise, for the row of random numbers `row`; written up to a multiple of 16. */
function noisyScores(logits: usize, scores: usize, v: i32, heat: f32, position: u32, row: u32, key: usize): void {
  const k0 = load<u32>(key);
  const k1 = load<u32>(key, 4);
  for (let j = 0; j < v; j += 16) philox4(<u32>j >>> 2, position, row, k0, k1, scores + (<usize>j << 2));
  const wide = f32x4.splat(heat);
  for (let j = 0; j < v; j += 4) {
    v128.store(scores, f32x4.add(f32x4.div(v128.load(logits), wide), gumbel(v128.load(scores))));
    logits += 16;
    scores += 16;
  }
}

function argMax(scores: usize, v: i32): i32 {
  let best = f32x4.splat(-Infinity);
  let bestWord = i32x4.splat(0);
  let word = i32x4(0, 1, 2, 3);
  for (let j = 0; j < v; j += 4) {
    let score = v128.load(scores);
    if (v - j < 4) score = v128.bitselect(score, f32x4.splat(-Infinity), firstLanes(v - j));
    const better = f32x4.gt(score, best);
    best = v128.bitselect(score, best, better);
    bestWord = v128.bitselect(word, bestWord, better);
    word = i32x4.add(word, i32x4.splat(4));
    scores += 16;
  }
  return firstBest(best, bestWord);
}

/** Scratch of V words, rounded up to a multiple of 16. */
export function sample(
  logits: usize, row: usize, key: usize, position: usize, temperature: usize, y: usize, s: i32, v: i32, scratch: usize,
): void {
  const heat = load<f32>(temperature);
  for (let i = 0; i < s; i++) {
    if (heat > 0) {
      noisyScores(logits, scratch, v, heat, load<u32>(position), load<u32>(row), key);
      store<i32>(y, argMax(scratch, v));
    } else {
      store<i32>(y, argMax(logits, v));
    }
    logits += <usize>v << 2;
    row += 4;
    y += 4;
  }
}
