/** RMS norm, rotary positions and SwiGLU, forward and backward. D is the width of a row, F that of the hidden layer. */
import { checkIndex, copyWords, keepFirst, store as put, sumLanes, zeroWords } from './lanes';
import { expFalling } from './maths';

/** 1 / sqrt(mean(x^2) + eps) of one row. */
@inline
function inverseRms(x: usize, d: i32, eps: f32): f32 {
  let sum = f32x4.splat(0);
  let other = sum;
  let left = d;
  for (; left >= 8; left -= 8) {
    const v = v128.load(x), w = v128.load(x, 16);
    sum = f32x4.add(sum, f32x4.mul(v, v));
    other = f32x4.add(other, f32x4.mul(w, w));
    x += 32;
  }
  for (; left > 0; left -= 4) {
    const v = keepFirst(v128.load(x), left);
    sum = f32x4.add(sum, f32x4.mul(v, v));
    x += 16;
  }
  return 1 / sqrt<f32>(sumLanes(f32x4.add(sum, other)) / <f32>d + eps);
}

export function rms_norm(x: usize, weight: usize, y: usize, n: i32, d: i32, eps: f32): void {
  for (let i = 0; i < n; i++) {
    const r = f32x4.splat(inverseRms(x, d, eps));
    let w = weight;
    let left = d;
    for (; left >= 8; left -= 8) {
      v128.store(y, f32x4.mul(f32x4.mul(v128.load(x), r), v128.load(w)));
      v128.store(y, f32x4.mul(f32x4.mul(v128.load(x, 16), r), v128.load(w, 16)), 16);
      x += 32;
      y += 32;
      w += 32;
    }
    for (; left > 0; left -= 4) {
      put(y, f32x4.mul(f32x4.mul(v128.load(x), r), v128.load(w)), left);
      const bytes = min(left, 4) << 2;
      x += bytes;
      y += bytes;
      w += 16;
    }
  }
}

/** dX = r * dY * w - (r^3 / D) * sum(dY * w * x) * x */
export function rms_norm_dx(x: usize, weight: usize, dY: usize, dX: usize, n: i32, d: i32, eps: f32): void {
  const row = <usize>d << 2;
  const whole = row & ~15;
  const rest = d & 3;
  for (let i = 0; i < n; i++) {
    const r = inverseRms(x, d, eps);
    let sum = f32x4.splat(0);
    for (let at: usize = 0; at < whole; at += 16) {
      sum = f32x4.add(sum, f32x4.mul(f32x4.mul(v128.load(dY + at), v128.load(weight + at)), v128.load(x + at)));
    }
    if (rest > 0) {
      const v = f32x4.mul(f32x4.mul(v128.load(dY + whole), v128.load(weight + whole)), v128.load(x + whole));
      sum = f32x4.add(sum, keepFirst(v, rest));
    }
    const scale = f32x4.splat(r);
    const back = f32x4.splat(((r * r * r) / <f32>d) * sumLanes(sum));
    for (let at: usize = 0; at < whole; at += 16) {
      const direct = f32x4.mul(f32x4.mul(v128.load(dY + at), v128.load(weight + at)), scale);
      v128.store(dX + at, f32x4.sub(direct, f32x4.mul(back, v128.load(x + at))));
    }
    if (rest > 0) {
      const direct = f32x4.mul(f32x4.mul(v128.load(dY + whole), v128.load(weight + whole)), scale);
      put(dX + whole, f32x4.sub(direct, f32x4.mul(back, v128.load(x + whole))), rest);
    }
    x += row;
    dY += row;
    dX += row;
  }
}

/** dW = sum over rows of dY * x * r, in the order of the rows. */
export function rms_norm_dw(x: usize, dY: usize, dW: usize, n: i32, d: i32, eps: f32): void {
  zeroWords(dW, d);
  const row = <usize>d << 2;
  const whole = row & ~15;
  const rest = d & 3;
  for (let i = 0; i < n; i++) {
    const r = f32x4.splat(inverseRms(x, d, eps));
    for (let at: usize = 0; at < whole; at += 16) {
      const v = f32x4.mul(f32x4.mul(v128.load(dY + at), v128.load(x + at)), r);
      v128.store(dW + at, f32x4.add(v128.load(dW + at), v));
    }
    if (rest > 0) {
      const v = f32x4.mul(f32x4.mul(v128.load(dY + whole), v128.load(x + whole)), r);
      put(dW + whole, f32x4.add(v128.load(dW + whole), v), rest);
    }
    x += row;
    dY += row;
  }
}

/** Turns `parts` heads by four of their angles: halves a and b of a head lie `halfBytes` apart, heads twice that. */
@inline
function rotateHeads(x: usize, y: usize, parts: i32, halfBytes: usize, cos: v128, sin: v128, count: i32): void {
  for (; parts > 0; parts--) {
    const a = v128.load(x);
    const b = v128.load(x + halfBytes);
    const turnedA = f32x4.sub(f32x4.mul(a, cos), f32x4.mul(b, sin));
    const turnedB = f32x4.add(f32x4.mul(b, cos), f32x4.mul(a, sin));
    put(y, turnedA, count);
    put(y + halfBytes, turnedB, count);
    x += halfBytes << 1;
    y += halfBytes << 1;
  }
}

/** Rotates the q and k of each row of [n, 3D]; `turn` is 1, or -1 for the inverse. v is copied. */
export function rotary(
  x: usize, table: usize, position: usize, y: usize, n: i32, width: i32, size: i32, positions: i32, turn: f32,
): void {
  const half = size >> 1;
  const halfBytes = <usize>half << 2;
  const parts = (2 * width) / size;
  const turned = <usize>width << 3;
  const sign = f32x4.splat(turn);
  for (let i = 0; i < n; i++) {
    const where = load<i32>(position);
    checkIndex(where, positions);
    position += 4;
    let angles = table + ((<usize>where * size) << 2);
    for (let j = 0; j < half; j += 4) {
      const cos = v128.load(angles);
      const sin = f32x4.mul(sign, v128.load(angles + halfBytes));
      const at = <usize>j << 2;
      if (half - j >= 4) rotateHeads(x + at, y + at, parts, halfBytes, cos, sin, 4);
      else rotateHeads(x + at, y + at, parts, halfBytes, cos, sin, half - j);
      angles += 16;
    }
    copyWords(y + turned, x + turned, width);
    x += (turned >> 1) * 3;
    y += (turned >> 1) * 3;
  }
}

/** -x, held below 87, where e^-x would leave the range of f32 */
@inline
function minus(x: v128): v128 {
  return f32x4.neg(f32x4.pmax(x, f32x4.splat(-87)));
}

@inline
function swigluOf(gate: v128, e: v128, up: v128): v128 {
  return f32x4.mul(f32x4.div(gate, f32x4.add(f32x4.splat(1), e)), up);
}

/** [n, 2F] (gate, up) -> [n, F]; `kept`, where it is not 0, gets e^-gate [n, F]. */
export function swiglu(x: usize, y: usize, kept: usize, n: i32, f: i32): void {
  const fBytes = <usize>f << 2;
  for (let i = 0; i < n; i++) {
    let left = f;
    for (; left >= 8; left -= 8) {
      const gate = v128.load(x), gate2 = v128.load(x, 16);
      const up = x + fBytes;
      const e = expFalling(minus(gate)), e2 = expFalling(minus(gate2));
      if (kept) {
        v128.store(kept, e);
        v128.store(kept, e2, 16);
        kept += 32;
      }
      v128.store(y, swigluOf(gate, e, v128.load(up)));
      v128.store(y, swigluOf(gate2, e2, v128.load(up, 16)), 16);
      x += 32;
      y += 32;
    }
    for (; left > 0; left -= 4) {
      const gate = v128.load(x);
      const e = expFalling(minus(gate));
      const bytes = min(left, 4) << 2;
      if (kept) {
        put(kept, e, left);
        kept += bytes;
      }
      put(y, swigluOf(gate, e, v128.load(x + fBytes)), left);
      x += bytes;
      y += bytes;
    }
    x += fBytes;
  }
}

/** s = 1 / (1 + e) */
@inline
function inverse(e: v128): v128 {
  return f32x4.div(f32x4.splat(1), f32x4.add(f32x4.splat(1), e));
}

/** given d = dY * s */
@inline
function gateGrad(gate: v128, s: v128, d: v128, up: v128): v128 {
  const one = f32x4.splat(1);
  return f32x4.mul(f32x4.mul(d, up), f32x4.add(one, f32x4.mul(gate, f32x4.sub(one, s))));
}

/** dGate = dY * up * s * (1 + gate * (1 - s)), dUp = dY * gate * s; `kept`: e^-gate from the forward call, or 0. */
export function swiglu_grad(x: usize, dY: usize, dX: usize, kept: usize, n: i32, f: i32): void {
  const fBytes = <usize>f << 2;
  for (let i = 0; i < n; i++) {
    for (let left = f; left > 0; left -= 4) {
      const gate = v128.load(x);
      const s = inverse(kept ? v128.load(kept) : expFalling(minus(gate)));
      const d = f32x4.mul(v128.load(dY), s);
      put(dX, gateGrad(gate, s, d, v128.load(x + fBytes)), left);
      put(dX + fBytes, f32x4.mul(d, gate), left);
      const bytes = min(left, 4) << 2;
      if (kept) kept += bytes;
      x += bytes;
      dX += bytes;
      dY += bytes;
    }
    x += fBytes;
    dX += fBytes;
  }
}
