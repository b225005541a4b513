/**
 * Elementwise kernels. An operand comes with its step: 16 bytes a vector, or 0 for a scalar, which the caller has
 * spread over four lanes by `spread`. The ragged end is computed as a whole vector and stored in part.
 */
import { exp4, expm1_4, log1mexp4, log1p4, log4, sigmoid4, softplus4, tanh4 } from './maths';
import { storeFirst } from './lanes';

enum Unary { Neg, Exp, Expm1, Log, Log1p, Log1mexp, Sigmoid, LogSigmoid, Softplus, Tanh, Relu, Abs, Sign, Sqrt, Square }
enum Binary { Add, Sub, Mul, Div, Max, Min, Greater }

@inline
function unary(op: Unary, x: v128): v128 {
  switch (op) {
    case Unary.Neg: return f32x4.neg(x);
    case Unary.Exp: return exp4(x);
    case Unary.Expm1: return expm1_4(x);
    case Unary.Log: return log4(x);
    case Unary.Log1p: return log1p4(x);
    case Unary.Log1mexp: return log1mexp4(x);
    case Unary.Sigmoid: return sigmoid4(x);
    case Unary.LogSigmoid: return f32x4.neg(softplus4(f32x4.neg(x)));
    case Unary.Softplus: return softplus4(x);
    case Unary.Tanh: return tanh4(x);
    case Unary.Relu: return f32x4.pmax(f32x4.splat(0.0), x);
    case Unary.Abs: return f32x4.abs(x);
    case Unary.Sign: {
      const positive = v128.bitselect(f32x4.splat(1.0), x, f32x4.gt(x, f32x4.splat(0.0)));
      return v128.bitselect(f32x4.splat(-1.0), positive, f32x4.lt(x, f32x4.splat(0.0)));
    }
    case Unary.Sqrt: return f32x4.sqrt(x);
    default: return f32x4.mul(x, x);
  }
}

@inline
function binary(op: Binary, a: v128, b: v128): v128 {
  switch (op) {
    case Binary.Add: return f32x4.add(a, b);
    case Binary.Sub: return f32x4.sub(a, b);
    case Binary.Mul: return f32x4.mul(a, b);
    case Binary.Div: return f32x4.div(a, b);
    case Binary.Max: return f32x4.pmax(a, b);
    case Binary.Min: return f32x4.pmin(a, b);
    default: return v128.and(f32x4.splat(1.0), f32x4.gt(a, b));
  }
}

@inline
function map1(op: Unary, x: usize, y: usize, n: i32): void {
  for (; n >= 4; n -= 4) {
    v128.store(y, unary(op, v128.load(x)));
    x += 16;
    y += 16;
  }
  if (n > 0) storeFirst(y, unary(op, v128.load(x)), n);
}

@inline
function map2(op: Binary, a: usize, aStep: i32, b: usize, bStep: i32, y: usize, n: i32): void {
  for (; n >= 4; n -= 4) {
    v128.store(y, binary(op, v128.load(a), v128.load(b)));
    a += aStep;
    b += bStep;
    y += 16;
  }
  if (n > 0) storeFirst(y, binary(op, v128.load(a), v128.load(b)), n);
}

/** Spreads the scalar at x over the four lanes at y. */
export function spread(x: usize, y: usize): void {
  v128.store(y, v128.load32_splat(x));
}

export function neg(x: usize, y: usize, n: i32): void { map1(Unary.Neg, x, y, n); }
export function exp(x: usize, y: usize, n: i32): void { map1(Unary.Exp, x, y, n); }
export function expm1(x: usize, y: usize, n: i32): void { map1(Unary.Expm1, x, y, n); }
export function log(x: usize, y: usize, n: i32): void { map1(Unary.Log, x, y, n); }
export function log1p(x: usize, y: usize, n: i32): void { map1(Unary.Log1p, x, y, n); }
export function log1mexp(x: usize, y: usize, n: i32): void { map1(Unary.Log1mexp, x, y, n); }
export function sigmoid(x: usize, y: usize, n: i32): void { map1(Unary.Sigmoid, x, y, n); }
export function log_sigmoid(x: usize, y: usize, n: i32): void { map1(Unary.LogSigmoid, x, y, n); }
export function softplus(x: usize, y: usize, n: i32): void { map1(Unary.Softplus, x, y, n); }
export function tanh(x: usize, y: usize, n: i32): void { map1(Unary.Tanh, x, y, n); }
export function relu(x: usize, y: usize, n: i32): void { map1(Unary.Relu, x, y, n); }
export function abs(x: usize, y: usize, n: i32): void { map1(Unary.Abs, x, y, n); }
export function sign(x: usize, y: usize, n: i32): void { map1(Unary.Sign, x, y, n); }
export function sqrt(x: usize, y: usize, n: i32): void { map1(Unary.Sqrt, x, y, n); }
export function square(x: usize, y: usize, n: i32): void { map1(Unary.Square, x, y, n); }

export function add(a: usize, aStep: i32, b: usize, bStep: i32, y: usize, n: i32): void { map2(Binary.Add, a, aStep, b, bStep, y, n); }
export function sub(a: usize, aStep: i32, b: usize, bStep: i32, y: usize, n: i32): void { map2(Binary.Sub, a, aStep, b, bStep, y, n); }
export function mul(a: usize, aStep: i32, b: usize, bStep: i32, y: usize, n: i32): void { map2(Binary.Mul, a, aStep, b, bStep, y, n); }
export function div(a: usize, aStep: i32, b: usize, bStep: i32, y: usize, n: i32): void { map2(Binary.Div, a, aStep, b, bStep, y, n); }
export function max(a: usize, aStep: i32, b: usize, bStep: i32, y: usize, n: i32): void { map2(Binary.Max, a, aStep, b, bStep, y, n); }
export function min(a: usize, aStep: i32, b: usize, bStep: i32, y: usize, n: i32): void { map2(Binary.Min, a, aStep, b, bStep, y, n); }
export function greater(a: usize, aStep: i32, b: usize, bStep: i32, y: usize, n: i32): void { map2(Binary.Greater, a, aStep, b, bStep, y, n); }

/** In double precision: in f32 the error of log(a) would grow with b. Steps of an operand here: 4 bytes, or 0. */
export function pow(a: usize, aStep: i32, b: usize, bStep: i32, y: usize, n: i32): void {
  for (let i = 0; i < n; i++) {
    store<f32>(y, <f32>NativeMath.pow(<f64>load<f32>(a), <f64>load<f32>(b)));
    a += aStep;
    b += bStep;
    y += 4;
  }
}

@inline
function choose(c: v128, a: v128, b: v128): v128 {
  return v128.bitselect(a, b, f32x4.ne(c, f32x4.splat(0.0)));
}

export function where(c: usize, cStep: i32, a: usize, aStep: i32, b: usize, bStep: i32, y: usize, n: i32): void {
  for (; n >= 4; n -= 4) {
    v128.store(y, choose(v128.load(c), v128.load(a), v128.load(b)));
    c += cStep;
    a += aStep;
    b += bStep;
    y += 16;
  }
  if (n > 0) storeFirst(y, choose(v128.load(c), v128.load(a), v128.load(b)), n);
}

export function affine(x: usize, y: usize, n: i32, scale: f32, shift: f32): void {
  const s = f32x4.splat(scale);
  const t = f32x4.splat(shift);
  for (; n >= 4; n -= 4) {
    v128.store(y, f32x4.add(f32x4.mul(v128.load(x), s), t));
    x += 16;
    y += 16;
  }
  if (n > 0) storeFirst(y, f32x4.add(f32x4.mul(v128.load(x), s), t), n);
}
