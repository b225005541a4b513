/** Generation with a KV cache: keys and values stored by position, attention over them, and Gumbel-max sampling. */
import { checkIndex, copyWords, firstLanes, maxLanes, store as put, sumLanes } from './lanes';
import { expFalling, log4 } from './maths';
import { philox } from './philox';

/** cache [S,Tmax,2D], qkv [S,3D] */
export function cache_write(cache: usize, qkv: usize, position: usize, s: i32, length: i32, width: i32): void {
  const at = load<i32>(position);
  checkIndex(at, length);
  const d = <usize>width << 2;
  for (let i = 0; i < s; i++) copyWords(cache + (<usize>i * length + at) * 2 * d, qkv + (<usize>i * 3 + 1) * d, 2 * width);
}

/** qkv [S,3D], cache [S,Tmax,2D] -> [S,D]: attention over positions 0 .. position; scratch of Tmax words, a few more */
export function attention_cached(
  qkv: usize, cache: usize, position: usize, y: usize, s: i32, length: i32, heads: i32, size: i32, scratch: usize,
): void {
  const last = load<i32>(position);
  checkIndex(last, length);
  const d = (<usize>heads * size) << 2;
  const scale = <f32>1 / sqrt<f32>(<f32>size);
  for (let i = 0; i < s; i++) {
    for (let h = 0; h < heads; h++) {
      const head = (<usize>h * size) << 2;
      const sum = scoresOf(qkv + head, cache + head, 2 * d, last + 1, size, scale, scratch);
      weightedSum(cache + head + d, 2 * d, last + 1, size, 1 / sum, scratch, y + head);
    }
    qkv += 3 * d;
    cache += <usize>length * 2 * d;
    y += d;
  }
}

/** Stores exp(score - top) of `count` positions at `to`; returns their sum. */
function scoresOf(q: usize, key: usize, step: usize, count: i32, size: i32, scale: f32, to: usize): f32 {
  let top: f32 = -Infinity;
  for (let j = 0; j < count; j++) {
    let dot = f32x4.splat(0);
    for (let c = 0; c < size; c += 4) {
      const at = <usize>c << 2;
      const v = f32x4.mul(v128.load(q + at), v128.load(key + at));
      dot = f32x4.add(dot, size - c >= 4 ? v : v128.and(v, firstLanes(size - c)));
    }
    const score = sumLanes(dot) * scale;
    store<f32>(to + (<usize>j << 2), score);
    top = top < score ? score : top;
    key += step;
  }
  const most = f32x4.splat(top);
  let sum = f32x4.splat(0);
  for (let j = 0; j < count; j += 4) {
    const at = to + (<usize>j << 2);
    const e = expFalling(f32x4.sub(v128.load(at), most));
    v128.store(at, e);
    sum = f32x4.add(sum, count - j >= 4 ? e : v128.and(e, firstLanes(count - j)));
  }
  return sumLanes(sum);
}

function weightedSum(value: usize, step: usize, count: i32, size: i32, share: f32, weights: usize, y: usize): void {
  for (let c = 0; c < size; c += 4) {
    let sum = f32x4.splat(0);
    let from = value + (<usize>c << 2);
    for (let j = 0; j < count; j++) {
      sum = f32x4.add(sum, f32x4.mul(v128.load32_splat(weights + (<usize>j << 2)), v128.load(from)));
      from += step;
    }
    put(y + (<usize>c << 2), f32x4.mul(sum, f32x4.splat(share)), size - c);
  }
}

/** tokens [S,T] -> the words at the position */
export function token_at(tokens: usize, position: usize, y: usize, s: i32, length: i32): void {
  const at = load<i32>(position);
  checkIndex(at, length);
  for (let i = 0; i < s; i++) store<i32>(y + (<usize>i << 2), load<i32>(tokens + ((<usize>i * length + at) << 2)));
}

/** The arg-max of logits / temperature + Gumbel noise; see the op's comment in types.ts. Scratch of four words. */
export function sample(
  logits: usize, row: usize, key: usize, position: usize, temperature: usize, y: usize, s: i32, v: i32, scratch: usize,
): void {
  const heat = load<f32>(temperature);
  for (let i = 0; i < s; i++) {
    let best: f32 = -Infinity;
    let word = 0;
    for (let j = 0; j < v; j += 4) {
      let score = v128.load(logits + (<usize>j << 2));
      if (heat > 0) {
        philox(j >>> 2, load<u32>(position), load<u32>(row), load<u32>(key), load<u32>(key, 4), scratch);
        score = f32x4.add(f32x4.div(score, f32x4.splat(heat)), gumbel(v128.load(scratch)));
      }
      if (v - j < 4) score = v128.bitselect(score, f32x4.splat(-Infinity), firstLanes(v - j));
      if (maxLanes(score) > best) {
        v128.store(scratch, score);
        for (let lane = 0; lane < 4; lane++) {
          const own = load<f32>(scratch + (<usize>lane << 2));
          if (own > best) {
            best = own;
            word = j + lane;
          }
        }
      }
    }
    store<i32>(y, word);
    logits += <usize>v << 2;
    row += 4;
    y += 4;
  }
}

/** -log(-log(u)) with u = ((x >>> 9) + 1/2) / 2^23 */
@inline
function gumbel(x: v128): v128 {
  const count = f32x4.add(f32x4.convert_i32x4_s(i32x4.shr_u(x, 9)), f32x4.splat(0.5));
  const u = f32x4.mul(count, f32x4.splat(1.1920928955078125e-7));
  return f32x4.neg(log4(f32x4.neg(log4(u))));
}

/** Writes the sampled words after the position, then moves it; see the op's comment in types.ts. */
export function advance(
  tokens: usize, position: usize, sampled: usize, promptLength: usize, s: i32, length: i32, eos: i32, pad: i32,
): void {
  const at = load<i32>(position);
  store<i32>(position, at + 1);
  if (<u32>(at + 1) >= <u32>length || at < 0) return;
  for (let i = 0; i < s; i++) {
    const prompt = load<i32>(promptLength + (<usize>i << 2));
    if (at + 1 < prompt) continue;
    const place = tokens + ((<usize>i * length + at) << 2);
    const current = load<i32>(place);
    const over = at >= prompt && (current == eos || current == pad);
    store<i32>(place, over ? pad : load<i32>(sampled + (<usize>i << 2)), 4);
  }
}
