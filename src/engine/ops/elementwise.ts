/** Elementwise ops. Two inputs have equal shapes, or one is a scalar; a scalar's gradient is the sum over the other. */
import type { OpRow, Rows, Writer } from '../op-row.ts';
import { require_, sameShape, sumAll } from '../op-row.ts';
import type { OpName, Tensor, TensorType } from '../types.ts';

type Binary = 'add' | 'sub' | 'mul' | 'div' | 'max' | 'min' | 'pow' | 'greater';
type Unary =
  | 'neg' | 'exp' | 'expm1' | 'log' | 'log1p' | 'log1mexp' | 'sigmoid' | 'log_sigmoid' | 'softplus' | 'tanh'
  | 'relu' | 'abs' | 'sign' | 'sqrt' | 'square' | 'stop_grad'; // prettier-ignore

/** The common shape of elementwise inputs. */
function broadcast(inputs: readonly TensorType[], count: number): TensorType {
  const shape = inputs.find((t) => t.shape.length > 0)?.shape ?? [];
  const fits = inputs.every((t) => t.dtype === 'f32' && (t.shape.length === 0 || sameShape(t.shape, shape)));
  require_(fits && inputs.length === count, `${count} f32 tensors of one shape, or scalars`, inputs);
  return { shape, dtype: 'f32' };
}

/** The gradient for an input that may have been a scalar spread over the result. */
function reduceTo(g: Writer, input: Tensor, gradient: Tensor): Tensor {
  return input.shape.length === 0 && gradient.shape.length > 0 ? sumAll(g, gradient) : gradient;
}

type UnaryGradient = (g: Writer, dY: Tensor, x: Tensor, y: Tensor) => Tensor;
function unary<O extends OpName>(gradient: UnaryGradient | null): OpRow<O> {
  return {
    type: (inputs) => broadcast(inputs, 1),
    derivative: ({ g, inputs: [x], y, dY }) => [gradient === null ? null : gradient(g, dY, x as Tensor, y)],
  };
}

type BinaryGradient = (g: Writer, dY: Tensor, a: Tensor, b: Tensor, y: Tensor) => [Tensor, Tensor] | null;
function binary<O extends OpName>(gradient: BinaryGradient): OpRow<O> {
  return {
    type: (inputs) => broadcast(inputs, 2),
    derivative: ({ g, inputs: [a, b], y, dY }) => {
      const pair = gradient(g, dY, a as Tensor, b as Tensor, y);
      return pair === null
        ? [null, null]
        : [reduceTo(g, a as Tensor, pair[0]), reduceTo(g, b as Tensor, pair[1])];
    },
  };
}

const not = (g: Writer, mask: Tensor): Tensor => g.apply('affine', [mask], { scale: -1, shift: 1 });
const scaled = (g: Writer, x: Tensor, scale: number): Tensor => g.apply('affine', [x], { scale, shift: 0 });

const binaryRows: Rows<Binary> = {
  add: binary((_g, dY) => [dY, dY]),
  sub: binary((g, dY) => [dY, g.apply('neg', [dY])]),
  mul: binary((g, dY, a, b) => [g.apply('mul', [dY, b]), g.apply('mul', [dY, a])]),
  div: binary((g, dY, _a, b, y) => {
    const dA = g.apply('div', [dY, b]);
    return [dA, g.apply('neg', [g.apply('mul', [dA, y])])];
  }),
  // where a = b the first input takes the whole gradient
  max: binary((g, dY, a, b) => {
    const second = g.apply('greater', [b, a]);
    return [g.apply('mul', [dY, not(g, second)]), g.apply('mul', [dY, second])];
  }),
  min: binary((g, dY, a, b) => {
    const second = g.apply('greater', [a, b]);
    return [g.apply('mul', [dY, not(g, second)]), g.apply('mul', [dY, second])];
  }),
  // for a > 0
  pow: binary((g, dY, a, b, y) => {
    const below = g.apply('pow', [a, g.apply('affine', [b], { scale: 1, shift: -1 })]);
    const dA = g.apply('mul', [dY, g.apply('mul', [b, below])]);
    return [dA, g.apply('mul', [dY, g.apply('mul', [y, g.apply('log', [a])])])];
  }),
  greater: binary(() => null),
};

const unaryRows: Rows<Unary> = {
  neg: unary((g, dY) => g.apply('neg', [dY])),
  exp: unary((g, dY, _x, y) => g.apply('mul', [dY, y])),
  expm1: unary((g, dY, _x, y) => g.apply('mul', [dY, g.apply('affine', [y], { scale: 1, shift: 1 })])),
  log: unary((g, dY, x) => g.apply('div', [dY, x])),
  log1p: unary((g, dY, x) => g.apply('div', [dY, g.apply('affine', [x], { scale: 1, shift: 1 })])),
  log1mexp: unary((g, dY, x) =>
    g.apply('neg', [g.apply('div', [dY, g.apply('expm1', [g.apply('neg', [x])])])]),
  ),
  // sigmoid(-x) keeps its digits where 1 - y has none left
  sigmoid: unary((g, dY, x, y) =>
    g.apply('mul', [dY, g.apply('mul', [y, g.apply('sigmoid', [g.apply('neg', [x])])])]),
  ),
  log_sigmoid: unary((g, dY, x) => g.apply('mul', [dY, g.apply('sigmoid', [g.apply('neg', [x])])])),
  softplus: unary((g, dY, x) => g.apply('mul', [dY, g.apply('sigmoid', [x])])),
  tanh: unary((g, dY, _x, y) => g.apply('mul', [dY, not(g, g.apply('square', [y]))])),
  relu: unary((g, dY, x) => g.apply('mul', [dY, g.apply('greater', [x, g.scalar(0)])])),
  abs: unary((g, dY, x) => g.apply('mul', [dY, g.apply('sign', [x])])),
  sign: unary(null),
  sqrt: unary((g, dY, _x, y) => scaled(g, g.apply('div', [dY, y]), 0.5)),
  square: unary((g, dY, x) => scaled(g, g.apply('mul', [dY, x]), 2)),
  stop_grad: unary(null),
};

export const elementwise: Rows<Binary | Unary | 'where' | 'affine'> = {
  ...binaryRows,
  ...unaryRows,
  where: {
    type: (inputs) => broadcast(inputs, 3),
    derivative: ({ g, inputs: [c, a, b], dY }) => [
      null,
      reduceTo(g, a as Tensor, g.apply('where', [c as Tensor, dY, g.scalar(0)])),
      reduceTo(g, b as Tensor, g.apply('where', [c as Tensor, g.scalar(0), dY])),
    ],
  },
  affine: {
    type: (inputs) => broadcast(inputs, 1),
    derivative: ({ g, attrs, dY }) => [scaled(g, dY, attrs.scale)],
  },
};
