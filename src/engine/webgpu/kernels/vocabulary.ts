/**
 * Quantities over the vocabulary and their gradients: two kernels, told by a number which quantity is meant. On the CPU
 * each quantity has a kernel of its own, where the branches of the others are left out.
 */
import type { Operand, Step } from '../../plan.ts';
import type { Dispatch, Lowering, WebgpuKernels } from '../dispatch.ts';
import { dispatch } from '../dispatch.ts';
import type { Quantity } from '../sources.ts';
import { rowGroups } from './decoder.ts';

function perRow(
  kernel: 'token' | 'token_grad',
  what: Quantity,
  step: Step,
  lowering: Lowering,
  operands: (Operand | undefined)[],
): Dispatch[] {
  const [rows, words] = step.inputs[0]!.shape as [number, number];
  const counts = [rows, words, what];
  const name = lowering.quads ? (`${kernel}:${what}` as const) : kernel;
  return [dispatch(name, step, rowGroups(rows, lowering), { operands, counts })];
}

export const vocabulary: WebgpuKernels<
  | 'token_logp' | 'token_logp_grad' | 'token_entropy' | 'token_entropy_grad'
  | 'token_kl' | 'token_kl_grad' | 'token_kl_grad_q' | 'token_sum_p_squared' // prettier-ignore
> = {
  token_logp: (step, lowering) => perRow('token', 0, step, lowering, [...step.inputs, step.output]),
  token_entropy: (step, lowering) =>
    perRow('token', 1, step, lowering, [step.inputs[0], undefined, step.output]),
  token_kl: (step, lowering) => perRow('token', 2, step, lowering, [...step.inputs, step.output]),
  token_sum_p_squared: (step, lowering) =>
    perRow('token', 3, step, lowering, [step.inputs[0], undefined, step.output]),
  token_logp_grad: (step, lowering) => perRow('token_grad', 0, step, lowering, [...step.inputs, step.output]),
  token_entropy_grad: (step, lowering) =>
    perRow('token_grad', 1, step, lowering, [step.inputs[0], undefined, step.inputs[1], step.output]),
  token_kl_grad: (step, lowering) => perRow('token_grad', 2, step, lowering, [...step.inputs, step.output]),
  token_kl_grad_q: (step, lowering) => perRow('token_grad', 3, step, lowering, [...step.inputs, step.output]),
};
