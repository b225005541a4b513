/** Elementwise rows. Scalars are spread over a vector before the call, so that one loop serves all shapes. */
import type { OpName } from '../types.ts';
import { sizeOf } from '../types.ts';
import type { KernelExports } from './exports.ts';
import type { Call, Site, WasmKernel, WasmKernels } from './kernel.ts';
import { shapeOf } from './kernel.ts';

type Unary =
  | 'neg' | 'exp' | 'expm1' | 'log' | 'log1p' | 'log1mexp' | 'sigmoid' | 'log_sigmoid' | 'softplus' | 'tanh'
  | 'relu' | 'abs' | 'sign' | 'sqrt' | 'square'; // prettier-ignore
type Binary = 'add' | 'sub' | 'mul' | 'div' | 'max' | 'min' | 'greater';

function unary<O extends OpName>(name: Unary): WasmKernel<O> {
  return ({ k, at, out, output }) => {
    const [f, x, n] = [k[name], at(0), sizeOf(output.shape)];
    return () => f(x, out, n);
  };
}

interface Spread {
  address: number;
  step: number;
  /** What must run before each call; null for an operand with a number of its own per element. */
  before: Call | null;
}

function operand<O extends OpName>(site: Site<O>, i: number): Spread {
  const x = site.at(i);
  if (sizeOf(shapeOf(site, i)) !== 1 || sizeOf(site.output.shape) === 1) {
    return { address: x, step: 16, before: null };
  }
  const address = site.scratch(16) + 16 * i;
  const { spread } = site.k;
  return { address, step: 0, before: () => spread(x, address) };
}

function inOrder(calls: readonly (Call | null)[]): Call {
  const all = calls.filter((call) => call !== null);
  const [only] = all;
  if (all.length === 1 && only !== undefined) return only;
  return () => {
    for (const call of all) call();
  };
}

function binary<O extends OpName>(name: Binary): WasmKernel<O> {
  return (site) => {
    const [a, b] = [operand(site, 0), operand(site, 1)];
    const f: KernelExports[Binary] = site.k[name];
    const { out } = site;
    const n = sizeOf(site.output.shape);
    return inOrder([a.before, b.before, () => f(a.address, a.step, b.address, b.step, out, n)]);
  };
}

export const elementwise: WasmKernels<Unary | Binary | 'pow' | 'where' | 'affine' | 'stop_grad'> = {
  add: binary('add'),
  sub: binary('sub'),
  mul: binary('mul'),
  div: binary('div'),
  max: binary('max'),
  min: binary('min'),
  greater: binary('greater'),
  pow: (site) => {
    const [a, b] = [site.at(0), site.at(1)];
    const stepOf = (i: number): number => (shapeOf(site, i).length === 0 ? 0 : 4);
    const [aStep, bStep] = [stepOf(0), stepOf(1)];
    const { out } = site;
    const n = sizeOf(site.output.shape);
    const { pow } = site.k;
    return () => pow(a, aStep, b, bStep, out, n);
  },
  where: (site) => {
    const [c, a, b] = [operand(site, 0), operand(site, 1), operand(site, 2)];
    const { out } = site;
    const n = sizeOf(site.output.shape);
    const { where } = site.k;
    const call = (): void => where(c.address, c.step, a.address, a.step, b.address, b.step, out, n);
    return inOrder([c.before, a.before, b.before, call]);
  },
  neg: unary('neg'),
  exp: unary('exp'),
  expm1: unary('expm1'),
  log: unary('log'),
  log1p: unary('log1p'),
  log1mexp: unary('log1mexp'),
  sigmoid: unary('sigmoid'),
  log_sigmoid: unary('log_sigmoid'),
  softplus: unary('softplus'),
  tanh: unary('tanh'),
  relu: unary('relu'),
  abs: unary('abs'),
  sign: unary('sign'),
  sqrt: unary('sqrt'),
  square: unary('square'),
  stop_grad: ({ k, at, out, output }) => {
    const [x, n] = [at(0), sizeOf(output.shape)];
    return () => k.copy(out, x, n);
  },
  affine: ({ k, at, out, output, attrs: { scale, shift } }) => {
    const [x, n] = [at(0), sizeOf(output.shape)];
    return () => k.affine(x, out, n, scale, shift);
  },
};
