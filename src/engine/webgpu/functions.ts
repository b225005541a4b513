/** The elementwise ops as one WGSL function that switches on a number, so that one pipeline serves all of them. */
import type { OpName } from '../types.ts';
import element from './wgsl/element.wgsl?raw';

/** A function of a, b, c in WGSL, an op each. */
const functions = {
  add: 'a + b',
  sub: 'a - b',
  mul: 'a * b',
  div: 'a / b',
  max: 'select(a, b, b > a)',
  min: 'select(a, b, b < a)',
  pow: 'pow_safe(a, b)',
  greater: 'select(0.0, 1.0, a > b)',
  where: 'select(c, b, a != 0.0)',
  neg: '-a',
  exp: 'exp_safe(a)',
  expm1: 'expm1(a)',
  log: 'ln(a)',
  log1p: 'log1p(a)',
  log1mexp: 'log1mexp(a)',
  sigmoid: 'sigmoid(a)',
  log_sigmoid: '-softplus(-a)',
  softplus: 'softplus(a)',
  tanh: 'tanh_safe(a)',
  relu: 'select(0.0, a, a > 0.0)',
  abs: 'abs(a)',
  sign: 'sign(a)',
  sqrt: 'sqrt(a)',
  square: 'a * a',
  stop_grad: 'a',
  affine: 'a * b + c',
} satisfies Partial<Record<OpName, string>>;

export type Elementwise = keyof typeof functions;
export const names = Object.keys(functions) as Elementwise[];

/** Codes beside those of the functions, whose codes are their places in the table. */
export const EXPAND = 100;
export const UNVIEW = 101;
export const SUM = 102;

export const elementSource = [
  `const EXPAND = ${EXPAND}u;\nconst UNVIEW = ${UNVIEW}u;\nconst SUM = ${SUM}u;`,
  'fn scalar_function(code: u32, a: f32, b: f32, c: f32) -> f32 {\n  switch (code) {',
  ...names.map((name, code) => `    case ${code}u: { return ${functions[name]}; } // ${name}`),
  '    default: { return 0.0; }\n  }\n}',
  element,
].join('\n');
