/** RMS norm, rotary positions and SwiGLU, forward and backward. D is the width of a row, F that of the hidden layer. */
import { checkIndex, copyWords, firstLanes, store as put, sumLanes, zeroWords } from './lanes';
import { expWithin87 } from './maths';

/** 1 / sqrt(mean(x^2) + eps) of one row. */
@inline
function inverseRms(x: usize, d: i32, eps: f32): f32 {
  let sum = f32x4.splat(0);
  let left = d;
  for (; left >= 4; left -= 4) {
    const v = v128.load(x);
    sum = f32x4.add(sum, f32x4.mul(v, v));
    x += 16;
  }
  if (left > 0) {
    const v = v128.and(v128.load(x), firstLanes(left));
    sum = f32x4.add(sum, f32x4.mul(v, v));
  }
  return 1 / sqrt<f32>(sumLanes(sum) / <f32>d + eps);
}

export function rms_norm(x: usize, weight: usize, y: usize, n: i32, d: i32, eps: f32): void {
  for (let i = 0; i < n; i++) {
    const r = f32x4.splat(inverseRms(x, d, eps));
    let w = weight;
    for (let left = d; left > 0; left -= 4) {
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
  for (let i = 0; i < n; i++) {
    const r = inverseRms(x, d, eps);
    let sum = f32x4.splat(0);
    for (let j = 0; j < d; j += 4) {
      const at = <usize>j << 2;
      const v = f32x4.mul(f32x4.mul(v128.load(dY + at), v128.load(weight + at)), v128.load(x + at));
      sum = f32x4.add(sum, d - j >= 4 ? v : v128.and(v, firstLanes(d - j)));
    }
    const scale = f32x4.splat(r);
    const back = f32x4.splat(((r * r * r) / <f32>d) * sumLanes(sum));
    for (let j = 0; j < d; j += 4) {
      const at = <usize>j << 2;
      const direct = f32x4.mul(f32x4.mul(v128.load(dY + at), v128.load(weight + at)), scale);
      put(dX + at, f32x4.sub(direct, f32x4.mul(back, v128.load(x + at))), d - j);
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
  for (let i = 0; i < n; i++) {
    const r = f32x4.splat(inverseRms(x, d, eps));
    for (let j = 0; j < d; j += 4) {
      const at = <usize>j << 2;
      const v = f32x4.mul(f32x4.mul(v128.load(dY + at), v128.load(x + at)), r);
      put(dW + at, f32x4.add(v128.load(dW + at), v), d - j);
    }
    x += row;
    dY += row;
  }
}

/** Rotates the q and k of each row of [n, 3D]; `turn` is 1, or -1 for the inverse. v is copied. */
export function rotary(
  x: usize, table: usize, position: usize, y: usize, n: i32, width: i32, size: i32, positions: i32, turn: f32,
): void {
  const half = size >> 1;
  const halfBytes = <usize>half << 2;
  const parts = (2 * width) / size;
  const sign = f32x4.splat(turn);
  for (let i = 0; i < n; i++) {
    const where = load<i32>(position);
    checkIndex(where, positions);
    position += 4;
    const cosines = table + ((<usize>where * size) << 2);
    for (let part = 0; part < parts; part++) {
      for (let j = 0; j < half; j += 4) {
        const at = <usize>j << 2;
        const cos = v128.load(cosines + at);
        const sin = f32x4.mul(sign, v128.load(cosines + halfBytes + at));
        const a = v128.load(x + at);
        const b = v128.load(x + halfBytes + at);
        put(y + at, f32x4.sub(f32x4.mul(a, cos), f32x4.mul(b, sin)), half - j);
        put(y + halfBytes + at, f32x4.add(f32x4.mul(b, cos), f32x4.mul(a, sin)), half - j);
      }
      x += halfBytes << 1;
      y += halfBytes << 1;
    }
    copyWords(y, x, width);
    x += <usize>width << 2;
    y += <usize>width << 2;
  }
}

/** 1 + e^-x, held within the range of f32 */
@inline
function onePlusExp(x: v128): v128 {
  const within = f32x4.pmax(f32x4.pmin(x, f32x4.splat(87)), f32x4.splat(-87));
  return f32x4.add(f32x4.splat(1), expWithin87(f32x4.neg(within)));
}

/** [n, 2F] (gate, up) -> [n, F] */
export function swiglu(x: usize, y: usize, n: i32, f: i32): void {
  const fBytes = <usize>f << 2;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < f; j += 4) {
      const at = <usize>j << 2;
      const gate = v128.load(x + at);
      put(y + at, f32x4.mul(f32x4.div(gate, onePlusExp(gate)), v128.load(x + fBytes + at)), f - j);
    }
    x += fBytes << 1;
    y += fBytes;
  }
}

/** dGate = dY * up * s * (1 + gate * (1 - s)), dUp = dY * gate * s */
export function swiglu_grad(x: usize, dY: usize, dX: usize, n: i32, f: i32): void {
  const fBytes = <usize>f << 2;
  const one = f32x4.splat(1);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < f; j += 4) {
      const at = <usize>j << 2;
      const gate = v128.load(x + at);
      const s = f32x4.div(one, onePlusExp(gate));
      const d = f32x4.mul(v128.load(dY + at), s);
      const slope = f32x4.add(one, f32x4.mul(gate, f32x4.sub(one, s)));
      put(dX + at, f32x4.mul(f32x4.mul(d, v128.load(x + fBytes + at)), slope), f - j);
      put(dX + fBytes + at, f32x4.mul(d, gate), f - j);
    }
    x += fBytes << 1;
    dX += fBytes << 1;
    dY += fBytes;
  }
}
