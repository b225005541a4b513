/** AdamW over a flat vector of parameters, in one pass. */
import { store as put } from './lanes';

/**
 * p, m, v, g [n]; scale [] of the gradient; hyper [7] = lr, beta1, beta2, eps, decay, 1-beta1^t, 1-beta2^t
 * (Loshchilov & Hutter 2019, algorithm 2, as PyTorch's AdamW).
 */
export function adamw(p: usize, m: usize, v: usize, g: usize, scale: usize, hyper: usize, n: i32): void {
  const lr = load<f32>(hyper);
  const beta1 = load<f32>(hyper, 4);
  const beta2 = load<f32>(hyper, 8);
  const eps = f32x4.splat(load<f32>(hyper, 12));
  const kept = f32x4.splat(1 - lr * load<f32>(hyper, 16));
  const rate = f32x4.splat(lr / load<f32>(hyper, 20));
  const unbias = f32x4.splat(1 / load<f32>(hyper, 24));
  const keepM = f32x4.splat(beta1);
  const takeM = f32x4.splat(1 - beta1);
  const keepV = f32x4.splat(beta2);
  const takeV = f32x4.splat(1 - beta2);
  const factor = f32x4.splat(load<f32>(scale));
  for (; n > 0; n -= 4) {
    const gradient = f32x4.mul(v128.load(g), factor);
    const mean = f32x4.add(f32x4.mul(keepM, v128.load(m)), f32x4.mul(takeM, gradient));
    const square = f32x4.mul(takeV, f32x4.mul(gradient, gradient));
    const variance = f32x4.add(f32x4.mul(keepV, v128.load(v)), square);
    const root = f32x4.add(f32x4.sqrt(f32x4.mul(variance, unbias)), eps);
    const next = f32x4.sub(f32x4.mul(v128.load(p), kept), f32x4.div(f32x4.mul(mean, rate), root));
    put(m, mean, n);
    put(v, variance, n);
    put(p, next, n);
    p += 16;
    m += 16;
    v += 16;
    g += 16;
  }
}
