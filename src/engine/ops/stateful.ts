/** Ops that write states in place, and those of generation. None has a derivative; an op that only writes gives []. */
import type { Rows } from '../op-row.ts';
import { axes, expectTypes, f32, i32, require_ } from '../op-row.ts';
import type { TensorType } from '../types.ts';

const nothing: TensorType = f32(0);

export const stateful: Rows<
  'copy' | 'adamw' | 'cache_write' | 'attention_cached' | 'token_at' | 'sample' | 'advance'
> = {
  copy: {
    type: (inputs) => {
      const { dtype, shape } = inputs[0] as TensorType;
      expectTypes(inputs, [dtype, shape], [dtype, shape]);
      return nothing;
    },
  },
  /** Loshchilov & Hutter 2019, algorithm 2, as PyTorch's AdamW: p -= lr * decay * p, then the Adam step. */
  adamw: {
    type: (inputs) => {
      const [p] = axes(inputs, 0, 1) as [number];
      const flat: ['f32', number[]] = ['f32', [p]];
      expectTypes(inputs, flat, flat, flat, flat, ['f32', []], ['f32', [7]]);
      return nothing;
    },
  },
  cache_write: {
    type: (inputs) => {
      const [s, t, d2] = axes(inputs, 0, 3) as [number, number, number];
      expectTypes(inputs, ['f32', [s, t, d2]], ['f32', [s, (d2 / 2) * 3]], ['i32', [1]]);
      return nothing;
    },
  },
  attention_cached: {
    type: (inputs, { heads }) => {
      const [s, t, d2] = axes(inputs, 1, 3) as [number, number, number];
      expectTypes(inputs, ['f32', [s, (d2 / 2) * 3]], ['f32', [s, t, d2]], ['i32', [1]]);
      require_(d2 % (4 * heads) === 0, `${heads} heads of even size`, inputs);
      return f32(s, d2 / 2);
    },
  },
  token_at: {
    type: (inputs) => {
      const [s, t] = axes(inputs, 0, 2) as [number, number];
      expectTypes(inputs, ['i32', [s, t]], ['i32', [1]]);
      return i32(s);
    },
  },
  sample: {
    type: (inputs) => {
      const [s, v] = axes(inputs, 0, 2) as [number, number];
      expectTypes(inputs, ['f32', [s, v]], ['i32', [s]], ['i32', [2]], ['i32', [1]], ['f32', []]);
      return i32(s);
    },
  },
  advance: {
    type: (inputs) => {
      const [s, t] = axes(inputs, 0, 2) as [number, number];
      expectTypes(inputs, ['i32', [s, t]], ['i32', [1]], ['i32', [s]], ['i32', [s]]);
      return nothing;
    },
  },
};
