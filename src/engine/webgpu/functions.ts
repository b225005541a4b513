/** The elementwise ops as WGSL: a table of expressions, and the function made of it. */
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

const codes = `const EXPAND = ${EXPAND}u;\nconst UNVIEW = ${UNVIEW}u;\nconst SUM = ${SUM}u;`;

/**
 * The WGSL function `compute_element`, for steps of these ops only, and moves where they are asked for or there are no ops.
 * A device on the CPU runs through every case of a switch, so a large step has a pipeline of its own; small steps share one.
 */
export function elementSource(only: readonly Elementwise[], moves: boolean): string {
  const cases = only.map(
    (name) => `    case ${names.indexOf(name)}u: { return ${functions[name]}; } // ${name}`,
  );
  const scalar = 'fn scalar_function(code: u32, a: f32, b: f32, c: f32) -> f32 {\n  switch (code) {';
  const compute =
    only.length === 0
      ? 'move_element(d, replica, i);'
      : !moves
        ? 'apply_function(d, replica, i);'
        : 'if (d.head.x >= EXPAND) { move_element(d, replica, i); } else { apply_function(d, replica, i); }';
  return [
    codes,
    scalar,
    ...cases,
    '    default: { return 0.0; }\n  }\n}',
    element,
    `fn compute_element(d: Description, replica: u32, i: u32) {\n  ${compute}\n}`,
  ].join('\n');
}
