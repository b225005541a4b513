/** Shape ops and linear algebra. */
import type { Rows } from '../op-row.ts';
import { axes, expectTypes, f32, require_, sameShape } from '../op-row.ts';
import type { Tensor, TensorType } from '../types.ts';
import { sizeOf } from '../types.ts';

export const linear: Rows<
  'sum_last' | 'expand_last' | 'view' | 'unview' | 'pack' | 'matmul' | 'gather' | 'scatter_add'
> = {
  sum_last: {
    type: (inputs) => {
      expectTypes(inputs, ['f32', null]);
      const shape = (inputs[0] as TensorType).shape;
      require_(shape.length > 0, 'at least one axis', inputs);
      return f32(...shape.slice(0, -1));
    },
    derivative: ({ g, inputs: [x], dY }) => [
      g.apply('expand_last', [dY], { n: (x as Tensor).shape.at(-1) as number }),
    ],
  },
  expand_last: {
    type: (inputs, { n }) => {
      expectTypes(inputs, ['f32', null]);
      return f32(...(inputs[0] as TensorType).shape, n);
    },
    derivative: ({ g, dY }) => [g.apply('sum_last', [dY])],
  },
  view: {
    type: (inputs, { offset, shape }) => {
      const [x] = inputs as [TensorType];
      const end = offset + sizeOf(shape);
      require_(
        inputs.length === 1 && offset >= 0 && end <= sizeOf(x.shape),
        `at least ${end} elements`,
        inputs,
      );
      return { shape, dtype: x.dtype };
    },
    derivative: ({ g, inputs: [x], attrs, dY }) => [
      g.apply('unview', [dY], { offset: attrs.offset, shape: (x as Tensor).shape }),
    ],
  },
  unview: {
    type: (inputs, { offset, shape }) => {
      expectTypes(inputs, ['f32', null]);
      const size = sizeOf((inputs[0] as TensorType).shape);
      require_(
        offset >= 0 && offset + size <= sizeOf(shape),
        `at most ${sizeOf(shape) - offset} elements`,
        inputs,
      );
      return f32(...shape);
    },
    derivative: ({ g, inputs: [x], attrs, dY }) => [
      g.apply('view', [dY], { offset: attrs.offset, shape: (x as Tensor).shape }),
    ],
  },
  pack: {
    type: (inputs) => {
      require_(
        inputs.every((t) => t.dtype === 'f32'),
        'f32 tensors',
        inputs,
      );
      return f32(inputs.reduce((sum, t) => sum + sizeOf(t.shape), 0));
    },
    derivative: ({ g, inputs, dY }) => {
      let offset = 0;
      return inputs.map((x) => {
        const dX = g.apply('view', [dY], { offset, shape: x.shape });
        offset += sizeOf(x.shape);
        return dX;
      });
    },
  },
  matmul: {
    type: (inputs, { transA, transB }) => {
      const a = axes(inputs, 0, 2) as [number, number];
      const b = axes(inputs, 1, 2) as [number, number];
      expectTypes(inputs, ['f32', a], ['f32', b]);
      const [m, k] = transA ? [a[1], a[0]] : a;
      const [k2, n] = transB ? [b[1], b[0]] : b;
      require_(k === k2, `inner sizes to agree (${k} and ${k2})`, inputs);
      return f32(m, n);
    },
    derivative: ({ g, inputs, attrs: { transA, transB }, dY }) => {
      const [a, b] = inputs as [Tensor, Tensor];
      const dA = transA
        ? g.apply('matmul', [b, dY], { transA: transB, transB: true })
        : g.apply('matmul', [dY, b], { transA: false, transB: !transB });
      const dB = transB
        ? g.apply('matmul', [dY, a], { transA: true, transB: transA })
        : g.apply('matmul', [a, dY], { transA: !transA, transB: false });
      return [dA, dB];
    },
  },
  gather: {
    type: (inputs) => {
      const [table, index] = inputs as [TensorType, TensorType];
      const fits = inputs.length === 2 && index.dtype === 'i32' && index.shape.length === 1;
      require_(fits && table.shape.length > 0, 'a table and i32[M]', inputs);
      return { shape: [index.shape[0] as number, ...table.shape.slice(1)], dtype: table.dtype };
    },
    derivative: ({ g, inputs, dY }) => {
      const [table, index] = inputs as [Tensor, Tensor];
      if (table.dtype === 'i32') return [null, null];
      return [g.apply('scatter_add', [index, dY], { rows: table.shape[0] as number }), null];
    },
  },
  scatter_add: {
    type: (inputs, { rows }) => {
      const [index, x] = inputs as [TensorType, TensorType];
      const fits = inputs.length === 2 && index.dtype === 'i32' && x.dtype === 'f32' && x.shape.length > 0;
      require_(fits && sameShape(index.shape, x.shape.slice(0, 1)), 'i32[M], f32[M,...]', inputs);
      return f32(rows, ...x.shape.slice(1));
    },
    derivative: ({ g, inputs: [index], dY }) => [null, g.apply('gather', [dY, index as Tensor])],
  },
};
