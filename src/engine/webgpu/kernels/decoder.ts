/** The decoder's parts and their gradients. */
import type { Operand, Step } from '../../plan.ts';
import { sizeOf } from '../../types.ts';
import type { Dispatch, Lowering, WebgpuKernels } from '../dispatch.ts';
import { ceilDivide, dispatch } from '../dispatch.ts';
import { sumParts } from './linear.ts';

const elements = (size: number): number => ceilDivide(size, 256);
/** Kernels over `lanes.wgsl` take four rows a workgroup. */
export const rowGroups = (rows: number): number => ceilDivide(rows, 4);

function normed(kernel: 'rms_norm' | 'rms_norm_dx', step: Step<'rms_norm' | 'rms_norm_dx'>): Dispatch[] {
  const [rows, columns] = step.output.shape as [number, number];
  const operands = [...step.inputs, step.output];
  return [
    dispatch(kernel, step, rowGroups(rows), { operands, counts: [rows, columns], numbers: [step.attrs.eps] }),
  ];
}

function normWeight(step: Step<'rms_norm_dw'>, lowering: Lowering): Dispatch[] {
  const [x, dY] = step.inputs as [Operand, Operand];
  const [rows, columns] = x.shape as [number, number];
  const parts = Math.max(1, ceilDivide(rows, 16));
  const sum = parts > 1 ? lowering.scratch(parts * columns, step.replicas) : step.output;
  const counts = [rows, columns];
  const first = dispatch('rms_norm_dw', step, parts, {
    operands: [x, dY, sum],
    counts,
    numbers: [step.attrs.eps],
  });
  return parts > 1 ? [first, sumParts(step, sum, step.output, parts)] : [first];
}

interface Attention {
  /** Counts beside the number of threads. */
  counts: number[];
  numbers: number[];
  /** Rows times heads, and the groups of up to sixteen channels that each head's result is cut into. */
  rows: number;
  channelGroups: number;
}

function attentionOf({ inputs: [qkv], attrs }: Step<'attention' | 'attention_grad'>): Attention {
  const { heads, length } = attrs;
  const [rows, columns] = qkv!.shape as [number, number];
  const size = columns / 3 / heads;
  const channelGroups = ceilDivide(size, 16);
  return {
    counts: [length, heads, size, channelGroups],
    numbers: [1 / Math.sqrt(size)],
    rows: rows * heads,
    channelGroups,
  };
}

function attention(step: Step<'attention'>): Dispatch[] {
  const { counts, numbers, rows, channelGroups } = attentionOf(step);
  const threads = rows * channelGroups;
  const operands = [step.inputs[0], step.output];
  return [
    dispatch('attention', step, ceilDivide(threads, 64), { operands, counts: [threads, ...counts], numbers }),
  ];
}

function attentionGrad(step: Step<'attention_grad'>, lowering: Lowering): Dispatch[] {
  const [qkv, dY] = step.inputs as [Operand, Operand];
  const { counts, numbers, rows, channelGroups } = attentionOf(step);
  const perRow = lowering.scratch(3 * rows, step.replicas);
  const half = rows * channelGroups;
  return [
    dispatch('attention_rows', step, ceilDivide(rows, 64), {
      operands: [qkv, dY, perRow],
      counts: [rows, ...counts],
      numbers,
    }),
    dispatch('attention_grad', step, ceilDivide(2 * half, 64), {
      operands: [qkv, dY, step.output, perRow],
      counts: [2 * half, ...counts, half],
      numbers,
    }),
  ];
}

export const decoder: WebgpuKernels<
  'rms_norm' | 'rms_norm_dx' | 'rms_norm_dw' | 'rotary' | 'attention' | 'attention_grad' | 'swiglu' | 'swiglu_grad' // prettier-ignore
> = {
  rms_norm: (step) => normed('rms_norm', step),
  rms_norm_dx: (step) => normed('rms_norm_dx', step),
  rms_norm_dw: normWeight,
  rotary: (step) => {
    const [rows, columns] = step.output.shape as [number, number];
    const counts = [rows * columns, columns, columns / 3 / step.attrs.heads];
    const operands = [...step.inputs, step.output];
    const numbers = [step.attrs.inverse ? -1 : 1];
    return [dispatch('rotary', step, elements(rows * columns), { operands, counts, numbers })];
  },
  attention,
  attention_grad: attentionGrad,
  swiglu: (step) => {
    const size = sizeOf(step.output.shape);
    const counts = [size, step.output.shape[1] as number];
    return [dispatch('swiglu', step, elements(size), { operands: [step.inputs[0], step.output], counts })];
  },
  swiglu_grad: (step) => {
    const [gateUp, dY] = step.inputs as [Operand, Operand];
    const size = sizeOf(dY.shape);
    const counts = [size, dY.shape[1] as number];
    return [dispatch('swiglu_grad', step, elements(size), { operands: [gateUp, dY, step.output], counts })];
  },
};
