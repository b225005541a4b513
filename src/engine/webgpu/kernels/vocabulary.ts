/** Quantities over the vocabulary and their gradients: two kernels, told by a number which quantity is meant. */
import type { Operand, Step } from '../../plan.ts';
import type { Dispatch, WebgpuKernels } from '../dispatch.ts';
import { dispatch } from '../dispatch.ts';
import { rowGroups } from './decoder.ts';

function perRow(
  kernel: 'token' | 'token_grad',
  what: number,
  step: Step,
  operands: (Operand | undefined)[],
): Dispatch[] {
  const [rows, words] = step.inputs[0]!.shape as [number, number];
  return [dispatch(kernel, step, rowGroups(rows), { operands, counts: [rows, words, what] })];
}

export const vocabulary: WebgpuKernels<
  | 'token_logp' | 'token_logp_grad' | 'token_entropy' | 'token_entropy_grad'
  | 'token_kl' | 'token_kl_grad' | 'token_kl_grad_q' | 'token_sum_p_squared' // prettier-ignore
> = {
  token_logp: (step) => perRow('token', 0, step, [...step.inputs, step.output]),
  token_entropy: (step) => perRow('token', 1, step, [step.inputs[0], undefined, step.output]),
  token_kl: (step) => perRow('token', 2, step, [...step.inputs, step.output]),
  token_sum_p_squared: (step) => perRow('token', 3, step, [step.inputs[0], undefined, step.output]),
  token_logp_grad: (step) => perRow('token_grad', 0, step, [...step.inputs, step.output]),
  token_entropy_grad: (step) =>
    perRow('token_grad', 1, step, [step.inputs[0], undefined, step.inputs[1], step.output]),
  token_kl_grad: (step) => perRow('token_grad', 2, step, [...step.inputs, step.output]),
  token_kl_grad_q: (step) => perRow('token_grad', 3, step, [...step.inputs, step.output]),
};
