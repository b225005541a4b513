/** Quantities over the vocabulary and their gradients with respect to the logits. */
import type { Block, Kernels } from './kernel.ts';
import { at, axis, input } from './kernel.ts';

/** Log-softmax of one row. */
function logSoftmax(logits: Block, row: number): number[] {
  const v = axis(logits, 1);
  const values = [...logits.data.subarray(row * v, (row + 1) * v)];
  const top = values.reduce((a, b) => Math.max(a, b), -Infinity);
  const lse = top + Math.log(values.reduce((sum, x) => sum + Math.exp(x - top), 0));
  return values.map((x) => x - lse);
}

const entropyOf = (logp: readonly number[]): number => -logp.reduce((sum, l) => sum + Math.exp(l) * l, 0);
const klOf = (p: readonly number[], q: readonly number[]): number =>
  p.reduce((sum, l, j) => sum + Math.exp(l) * (l - (q[j] as number)), 0);

/** One number a row. */
const perRow = (logits: Block, y: Float64Array, f: (row: number) => number): void => {
  for (let row = 0; row < axis(logits, 0); row++) y[row] = f(row);
};

/** One number a row and word. */
function perWord(logits: Block, y: Float64Array, f: (row: number) => readonly number[]): void {
  for (let row = 0; row < axis(logits, 0); row++) y.set(f(row), row * axis(logits, 1));
}

export const vocabulary: Kernels<
  | 'token_logp'
  | 'token_logp_grad'
  | 'token_entropy'
  | 'token_entropy_grad'
  | 'token_kl'
  | 'token_sum_p_squared'
  | 'token_kl_grad'
  | 'token_kl_grad_q'
> = {
  token_logp: (inputs, y) => {
    const logits = input(inputs, 0);
    perRow(logits, y, (row) => logSoftmax(logits, row)[at(input(inputs, 1).data, row)] as number);
  },
  token_logp_grad: (inputs, dX) => {
    const logits = input(inputs, 0);
    perWord(logits, dX, (row) => {
      const target = at(input(inputs, 1).data, row);
      const d = at(input(inputs, 2).data, row);
      return logSoftmax(logits, row).map((l, j) => d * ((j === target ? 1 : 0) - Math.exp(l)));
    });
  },
  token_entropy: (inputs, y) => {
    const logits = input(inputs, 0);
    perRow(logits, y, (row) => entropyOf(logSoftmax(logits, row)));
  },
  token_entropy_grad: (inputs, dX) => {
    const logits = input(inputs, 0);
    perWord(logits, dX, (row) => {
      const logp = logSoftmax(logits, row);
      const entropy = entropyOf(logp);
      return logp.map((l) => -at(input(inputs, 1).data, row) * Math.exp(l) * (l + entropy));
    });
  },
  token_sum_p_squared: (inputs, y) => {
    const logits = input(inputs, 0);
    perRow(logits, y, (row) => logSoftmax(logits, row).reduce((sum, l) => sum + Math.exp(2 * l), 0));
  },
  token_kl: (inputs, y) => {
    const [p, q] = [input(inputs, 0), input(inputs, 1)];
    perRow(p, y, (row) => klOf(logSoftmax(p, row), logSoftmax(q, row)));
  },
  token_kl_grad: (inputs, dX) => {
    const [p, q] = [input(inputs, 0), input(inputs, 1)];
    perWord(p, dX, (row) => {
      const [logp, logq] = [logSoftmax(p, row), logSoftmax(q, row)];
      const kl = klOf(logp, logq);
      return logp.map(
        (l, j) => at(input(inputs, 2).data, row) * Math.exp(l) * (l - (logq[j] as number) - kl),
      );
    });
  },
  token_kl_grad_q: (inputs, dX) => {
    const [p, q] = [input(inputs, 0), input(inputs, 1)];
    perWord(p, dX, (row) => {
      const [logp, logq] = [logSoftmax(p, row), logSoftmax(q, row)];
      return logp.map((l, j) => at(input(inputs, 2).data, row) * (Math.exp(logq[j] as number) - Math.exp(l)));
    });
  },
};
