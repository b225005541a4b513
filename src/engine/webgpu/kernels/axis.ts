/** Ops along the last axis: a thread an element of the result. */
import type { Step } from '../../plan.ts';
import { rowsAndColumns, sizeOf } from '../../types.ts';
import type { Dispatch, WebgpuKernels } from '../dispatch.ts';
import { ceilDivide, dispatch } from '../dispatch.ts';

type Kernel = 'log_sum_exp' | 'tail_log_sum_exp_grad' | 'argsort' | 'permute_last' | 'to_float';

function perElement(kernel: Kernel, step: Step, ...more: number[]): Dispatch[] {
  const size = sizeOf(step.output.shape);
  const [, columns] = rowsAndColumns(step.inputs[0]!.shape);
  const operands = [...step.inputs, step.output];
  return [dispatch(kernel, step, ceilDivide(size, 64), { operands, counts: [size, columns, ...more] })];
}

export const axis: WebgpuKernels<
  | 'log_sum_exp'
  | 'tail_log_sum_exp'
  | 'tail_log_sum_exp_grad'
  | 'argsort'
  | 'take_last'
  | 'put_last'
  | 'to_float'
> = {
  log_sum_exp: (step) => perElement('log_sum_exp', step, 1),
  tail_log_sum_exp: (step) => perElement('log_sum_exp', step, step.output.shape.at(-1) as number),
  tail_log_sum_exp_grad: (step) => perElement('tail_log_sum_exp_grad', step),
  argsort: (step) => perElement('argsort', step),
  take_last: (step) => perElement('permute_last', step, 0),
  put_last: (step) => perElement('permute_last', step, 1),
  to_float: (step) => perElement('to_float', step),
};
