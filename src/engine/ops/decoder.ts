/** The parts of a Llama-style decoder. Each gradient that is more than a line of other ops is an op of its own. */
import type { Rows } from '../op-row.ts';
import { axes, expectTypes, f32, require_ } from '../op-row.ts';
import type { Tensor, TensorType } from '../types.ts';

/** Checks a packed qkv [N,3D] with D = heads * headDim, headDim even. */
function packedWidth(inputs: readonly TensorType[], i: number, heads: number): [rows: number, width: number] {
  const [rows, columns] = axes(inputs, i, 2) as [number, number];
  require_(columns % (6 * heads) === 0, `3 * ${heads} heads of even size in input ${i}`, inputs);
  return [rows, columns / 3];
}

function twoHalves(inputs: readonly TensorType[]): [rows: number, half: number] {
  const [rows, columns] = axes(inputs, 0, 2) as [number, number];
  require_(columns % 2 === 0, 'an even number of columns', inputs);
  return [rows, columns / 2];
}

export const decoder: Rows<
  | 'rms_norm' | 'rms_norm_dx' | 'rms_norm_dw' | 'rotary' | 'attention' | 'attention_grad' | 'swiglu' | 'swiglu_grad' // prettier-ignore
> = {
  /** y = x * weight / sqrt(mean(x^2) + eps)  (Zhang & Sennrich 2019, equation 4) */
  rms_norm: {
    type: (inputs) => {
      const [n, d] = axes(inputs, 0, 2) as [number, number];
      expectTypes(inputs, ['f32', [n, d]], ['f32', [d]]);
      return f32(n, d);
    },
    derivative: ({ g, inputs, attrs, dY }) => {
      const [x, weight] = inputs as [Tensor, Tensor];
      return [g.apply('rms_norm_dx', [x, weight, dY], attrs), g.apply('rms_norm_dw', [x, dY], attrs)];
    },
  },
  rms_norm_dx: {
    type: (inputs) => {
      const [n, d] = axes(inputs, 0, 2) as [number, number];
      expectTypes(inputs, ['f32', [n, d]], ['f32', [d]], ['f32', [n, d]]);
      return f32(n, d);
    },
  },
  rms_norm_dw: {
    type: (inputs) => {
      const [n, d] = axes(inputs, 0, 2) as [number, number];
      expectTypes(inputs, ['f32', [n, d]], ['f32', [n, d]]);
      return f32(d);
    },
  },
  /** Su et al. 2021, equation 34, halves rotated against each other as in Llama checkpoints on the Hugging Face hub. */
  rotary: {
    type: (inputs, { heads }) => {
      const [n, d] = packedWidth(inputs, 0, heads);
      const [positions] = axes(inputs, 1, 2) as [number, number];
      expectTypes(inputs, ['f32', [n, 3 * d]], ['f32', [positions, d / heads]], ['i32', [n]]);
      return f32(n, 3 * d);
    },
    derivative: ({ g, inputs: [, table, position], attrs, dY }) => [
      g.apply('rotary', [dY, table as Tensor, position as Tensor], { ...attrs, inverse: !attrs.inverse }),
      null,
      null,
    ],
  },
  attention: {
    type: (inputs, { heads, length }) => {
      const [n, d] = packedWidth(inputs, 0, heads);
      expectTypes(inputs, ['f32', [n, 3 * d]]);
      require_(n % length === 0, `whole sequences of ${length} rows`, inputs);
      return f32(n, d);
    },
    derivative: ({ g, inputs: [qkv], attrs, dY }) => [g.apply('attention_grad', [qkv as Tensor, dY], attrs)],
  },
  attention_grad: {
    type: (inputs, { heads }) => {
      const [n, d] = packedWidth(inputs, 0, heads);
      expectTypes(inputs, ['f32', [n, 3 * d]], ['f32', [n, d]]);
      return f32(n, 3 * d);
    },
  },
  /** Shazeer 2020, equation 6, without bias: silu(gate) * up. */
  swiglu: {
    type: (inputs) => {
      const [n, f] = twoHalves(inputs);
      expectTypes(inputs, ['f32', [n, 2 * f]]);
      return f32(n, f);
    },
    derivative: ({ g, inputs: [gateUp], dY }) => [g.apply('swiglu_grad', [gateUp as Tensor, dY])],
  },
  swiglu_grad: {
    type: (inputs) => {
      const [n, f] = twoHalves(inputs);
      expectTypes(inputs, ['f32', [n, 2 * f]], ['f32', [n, f]]);
      return f32(n, 2 * f);
    },
  },
};
