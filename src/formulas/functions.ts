/** The functions of the language: one row each, how many arguments it takes and which op it becomes. */
import type { OpName } from '../engine/types.ts';

interface FunctionRow {
  arity: number;
  op: OpName;
  help: string;
}

export const functions: ReadonlyMap<string, FunctionRow> = new Map(
  Object.entries({
    exp: { arity: 1, op: 'exp', help: 'e to the power x' },
    expm1: { arity: 1, op: 'expm1', help: 'e^x - 1, exact near 0' },
    log: { arity: 1, op: 'log', help: 'natural logarithm' },
    log1p: { arity: 1, op: 'log1p', help: 'log(1 + x), exact near 0' },
    log1mexp: { arity: 1, op: 'log1mexp', help: 'log(1 - e^x) for x < 0' },
    sigmoid: { arity: 1, op: 'sigmoid', help: '1 / (1 + e^-x)' },
    log_sigmoid: { arity: 1, op: 'log_sigmoid', help: 'log of the sigmoid' },
    softplus: { arity: 1, op: 'softplus', help: 'log(1 + e^x)' },
    tanh: { arity: 1, op: 'tanh', help: 'hyperbolic tangent' },
    relu: { arity: 1, op: 'relu', help: 'max(x, 0)' },
    abs: { arity: 1, op: 'abs', help: 'absolute value' },
    sqrt: { arity: 1, op: 'sqrt', help: 'square root' },
    square: { arity: 1, op: 'square', help: 'x times x' },
    stop_grad: { arity: 1, op: 'stop_grad', help: 'x, through which no gradient flows' },
    min: { arity: 2, op: 'min', help: 'the smaller of two' },
    max: { arity: 2, op: 'max', help: 'the larger of two' },
    pow: { arity: 2, op: 'pow', help: 'a to the power b, for a > 0' },
    where: { arity: 3, op: 'where', help: 'where(condition, a, b): a where the condition holds, else b' },
  } satisfies Record<string, FunctionRow>),
);
