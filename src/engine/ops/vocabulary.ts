/** Quantities over the vocabulary, read straight off the logits. */
import type { Rows } from '../op-row.ts';
import { axes, expectTypes, f32 } from '../op-row.ts';
import type { Tensor, TensorType } from '../types.ts';

const size = (inputs: readonly TensorType[]): [number, number] => axes(inputs, 0, 2) as [number, number];

export const vocabulary: Rows<
  | 'token_logp' | 'token_logp_grad' | 'token_entropy' | 'token_entropy_grad'
  | 'token_sum_p_squared' | 'token_kl' | 'token_kl_grad' | 'token_kl_grad_q' // prettier-ignore
> = {
  token_logp: {
    type: (inputs) => {
      const [n, v] = size(inputs);
      expectTypes(inputs, ['f32', [n, v]], ['i32', [n]]);
      return f32(n);
    },
    derivative: ({ g, inputs: [logits, target], dY }) => [
      g.apply('token_logp_grad', [logits as Tensor, target as Tensor, dY]),
      null,
    ],
  },
  /** dY * (onehot(target) - p) */
  token_logp_grad: {
    type: (inputs) => {
      const [n, v] = size(inputs);
      expectTypes(inputs, ['f32', [n, v]], ['i32', [n]], ['f32', [n]]);
      return f32(n, v);
    },
  },
  token_entropy: {
    type: (inputs) => {
      const [n, v] = size(inputs);
      expectTypes(inputs, ['f32', [n, v]]);
      return f32(n);
    },
    derivative: ({ g, inputs: [logits], dY }) => [g.apply('token_entropy_grad', [logits as Tensor, dY])],
  },
  /** -dY * p * (log p + entropy) */
  token_entropy_grad: {
    type: (inputs) => {
      const [n, v] = size(inputs);
      expectTypes(inputs, ['f32', [n, v]], ['f32', [n]]);
      return f32(n, v);
    },
  },
  token_sum_p_squared: {
    type: (inputs) => {
      const [n, v] = size(inputs);
      expectTypes(inputs, ['f32', [n, v]]);
      return f32(n);
    },
  },
  token_kl: {
    type: (inputs) => {
      const [n, v] = size(inputs);
      expectTypes(inputs, ['f32', [n, v]], ['f32', [n, v]]);
      return f32(n);
    },
    derivative: ({ g, inputs, dY }) => [
      g.apply('token_kl_grad', [...inputs, dY]),
      g.apply('token_kl_grad_q', [...inputs, dY]),
    ],
  },
  /** dY * p * (log p - log q - KL) */
  token_kl_grad: {
    type: (inputs) => {
      const [n, v] = size(inputs);
      expectTypes(inputs, ['f32', [n, v]], ['f32', [n, v]], ['f32', [n]]);
      return f32(n, v);
    },
  },
  /** dY * (q - p) */
  token_kl_grad_q: {
    type: (inputs) => {
      const [n, v] = size(inputs);
      expectTypes(inputs, ['f32', [n, v]], ['f32', [n, v]], ['f32', [n]]);
      return f32(n, v);
    },
  },
};
