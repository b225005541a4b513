/** Ops along the last axis that the formula language needs: log-sum-exp, sorting, ranks. */
import type { Rows, Writer } from '../op-row.ts';
import { expectTypes, f32, require_ } from '../op-row.ts';
import type { Tensor, TensorType } from '../types.ts';

/** One f32 tensor with at least one axis. */
function rowsOf(inputs: readonly TensorType[]): TensorType {
  const [x] = inputs as [TensorType];
  expectTypes(inputs, ['f32', null]);
  require_(x.shape.length > 0, 'at least one axis', inputs);
  return x;
}

function permuted(inputs: readonly TensorType[]): TensorType {
  const [x] = inputs as [TensorType];
  expectTypes(inputs, ['f32', x.shape], ['i32', x.shape]);
  require_(x.shape.length > 0, 'at least one axis', inputs);
  return f32(...x.shape);
}

const spread = (g: Writer, row: Tensor, like: Tensor): Tensor =>
  g.apply('expand_last', [row], { n: like.shape.at(-1) as number });

export const axis: Rows<
  | 'log_sum_exp'
  | 'tail_log_sum_exp'
  | 'tail_log_sum_exp_grad'
  | 'argsort'
  | 'take_last'
  | 'put_last'
  | 'to_float'
> = {
  log_sum_exp: {
    type: (inputs) => f32(...rowsOf(inputs).shape.slice(0, -1)),
    derivative: ({ g, inputs, y, dY }) => {
      const [x] = inputs as [Tensor];
      const shares = g.apply('exp', [g.apply('sub', [x, spread(g, y, x)])]);
      return [g.apply('mul', [spread(g, dY, x), shares])];
    },
  },
  tail_log_sum_exp: {
    type: (inputs) => f32(...rowsOf(inputs).shape),
    derivative: ({ g, inputs: [x], y, dY }) => [g.apply('tail_log_sum_exp_grad', [x as Tensor, y, dY])],
  },
  /** dX[j] = sum over i <= j of dY[i] e^(x[j] - y[i]) */
  tail_log_sum_exp_grad: {
    type: (inputs) => {
      const { shape } = inputs[0] as TensorType;
      expectTypes(inputs, ['f32', shape], ['f32', shape], ['f32', shape]);
      return f32(...shape);
    },
  },
  argsort: { type: (inputs) => ({ shape: rowsOf(inputs).shape, dtype: 'i32' }), derivative: () => [null] },
  take_last: {
    type: permuted,
    derivative: ({ g, inputs: [, index], dY }) => [g.apply('put_last', [dY, index as Tensor]), null],
  },
  put_last: {
    type: permuted,
    derivative: ({ g, inputs: [, index], dY }) => [g.apply('take_last', [dY, index as Tensor]), null],
  },
  to_float: {
    type: (inputs) => {
      expectTypes(inputs, ['i32', null]);
      return f32(...(inputs[0] as TensorType).shape);
    },
    derivative: () => [null],
  },
};
