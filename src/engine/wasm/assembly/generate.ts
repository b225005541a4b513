/** Generation with a KV cache: keys and values stored by position, attention over them, and the words moved on. */
import { checkIndex, copyWords, firstLanes, maxLanes, store as put, sumLanes } from './lanes';
import { expFalling } from './maths';

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

/** q . k of one head, in four partial sums. */
@inline
function dot4(q: usize, key: usize, size: i32): v128 {
  let dot = f32x4.splat(0);
  let left = size;
  for (; left >= 4; left -= 4) {
    dot = f32x4.add(dot, f32x4.mul(v128.load(q), v128.load(key)));
    q += 16;
    key += 16;
  }
  if (left > 0) dot = f32x4.add(dot, v128.and(f32x4.mul(v128.load(q), v128.load(key)), firstLanes(left)));
  return dot;
}

/** Stores exp(score - top) of `count` positions at `to`; returns their sum. Four positions at a time. */
function scoresOf(q: usize, key: usize, step: usize, count: i32, size: i32, scale: f32, to: usize): f32 {
  const factor = f32x4.splat(scale);
  let top = f32x4.splat(-Infinity);
  for (let j = 0; j < count; j += 4) {
    // positions past the last repeat it
    const k1 = j + 1 < count ? key + step : key;
    const k2 = j + 2 < count ? k1 + step : k1;
    const k3 = j + 3 < count ? k2 + step : k2;
    const d0 = dot4(q, key, size), d1 = dot4(q, k1, size), d2 = dot4(q, k2, size), d3 = dot4(q, k3, size);
    const low01 = v128.shuffle<i32>(d0, d1, 0, 4, 1, 5), low23 = v128.shuffle<i32>(d2, d3, 0, 4, 1, 5);
    const high01 = v128.shuffle<i32>(d0, d1, 2, 6, 3, 7), high23 = v128.shuffle<i32>(d2, d3, 2, 6, 3, 7);
    const even = f32x4.add(v128.shuffle<i64>(low01, low23, 0, 2), v128.shuffle<i64>(high01, high23, 0, 2));
    const odd = f32x4.add(v128.shuffle<i64>(low01, low23, 1, 3), v128.shuffle<i64>(high01, high23, 1, 3));
    const score = f32x4.mul(f32x4.add(even, odd), factor);
    v128.store(to + (<usize>j << 2), score);
    top = f32x4.pmax(top, score);
    key = k3 + step;
  }
  const most = f32x4.splat(maxLanes(top));
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
