/** Elementwise kernels: each is its scalar function. */
import type { OpName } from '../types.ts';
import type { Block, Kernel, Kernels } from './kernel.ts';
import { at, input } from './kernel.ts';

const pick = (block: Block, i: number): number => at(block.data, block.shape.length === 0 ? 0 : i);

function map1<O extends OpName>(f: (x: number) => number): Kernel<O> {
  return (inputs, y) => y.forEach((_, i) => (y[i] = f(pick(input(inputs, 0), i))));
}

function map2<O extends OpName>(f: (a: number, b: number) => number): Kernel<O> {
  return (inputs, y) => y.forEach((_, i) => (y[i] = f(pick(input(inputs, 0), i), pick(input(inputs, 1), i))));
}

const sigmoid = (x: number): number => (x < 0 ? Math.exp(x) / (1 + Math.exp(x)) : 1 / (1 + Math.exp(-x)));
const logSigmoid = (x: number): number => (x < 0 ? x : 0) - Math.log1p(Math.exp(-Math.abs(x)));
const LN2 = 0.6931471805599453;

export const elementwise: Kernels<
  | 'add'
  | 'sub'
  | 'mul'
  | 'div'
  | 'max'
  | 'min'
  | 'pow'
  | 'greater'
  | 'where'
  | 'neg'
  | 'exp'
  | 'expm1'
  | 'log'
  | 'log1p'
  | 'log1mexp'
  | 'sigmoid'
  | 'log_sigmoid'
  | 'softplus'
  | 'tanh'
  | 'relu'
  | 'abs'
  | 'sign'
  | 'sqrt'
  | 'square'
  | 'stop_grad'
  | 'affine'
> = {
  add: map2((a, b) => a + b),
  sub: map2((a, b) => a - b),
  mul: map2((a, b) => a * b),
  div: map2((a, b) => a / b),
  max: map2((a, b) => (b > a ? b : a)),
  min: map2((a, b) => (b < a ? b : a)),
  pow: map2((a, b) => Math.pow(a, b)),
  greater: map2((a, b) => (a > b ? 1 : 0)),
  where: (inputs, y) =>
    y.forEach(
      (_, i) =>
        (y[i] = pick(input(inputs, 0), i) !== 0 ? pick(input(inputs, 1), i) : pick(input(inputs, 2), i)),
    ),
  neg: map1((x) => -x),
  exp: map1(Math.exp),
  expm1: map1(Math.expm1),
  log: map1(Math.log),
  log1p: map1(Math.log1p),
  // the switch at log 2 keeps full precision on both sides (Maechler 2012)
  log1mexp: map1((x) => (x > -LN2 ? Math.log(-Math.expm1(x)) : Math.log1p(-Math.exp(x)))),
  sigmoid: map1(sigmoid),
  log_sigmoid: map1(logSigmoid),
  softplus: map1((x) => -logSigmoid(-x)),
  tanh: map1(Math.tanh),
  relu: map1((x) => (x > 0 ? x : 0)),
  abs: map1(Math.abs),
  sign: map1(Math.sign),
  sqrt: map1(Math.sqrt),
  square: map1((x) => x * x),
  stop_grad: map1((x) => x),
  affine: (inputs, y, { scale, shift }) =>
    y.forEach((_, i) => (y[i] = scale * pick(input(inputs, 0), i) + shift)),
};
