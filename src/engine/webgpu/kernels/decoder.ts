/** The decoder's parts and their gradients. */
import { GraphError } from '../../../base/errors.ts';
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

/** Sizes of the workgroup arrays in attention*.wgsl: scores, and a block of queries or keys. */
const FORWARD = { scores: 2048, block: 512 };
const BACKWARD = { scores: 1024, block: 256 };

/** Counts and number that the attention kernels share; a block has as many queries as workgroup memory takes, up to 8. */
function attentionArguments(
  { inputs: [qkv], attrs }: Step<'attention' | 'attention_grad'>,
  room: { scores: number; block: number },
): { counts: number[]; numbers: number[]; groups: number } {
  const { heads, length } = attrs;
  const [rows, columns] = qkv!.shape as [number, number];
  const size = columns / 3 / heads;
  let block = 8;
  while (block > 0 && (block * length > room.scores || block * size > room.block)) block >>= 1;
  if (block === 0) {
    throw new GraphError(
      `attention over ${length} positions with heads of ${size}: WebGPU takes up to ${room.scores} positions and heads of ${room.block}; use a shorter context, or the wasm backend.`,
    );
  }
  const blocks = ceilDivide(length, block);
  const groups = (rows / length) * heads * blocks;
  return { counts: [groups, length, heads, size, block, blocks], numbers: [1 / Math.sqrt(size)], groups };
}

function attentionGrad(step: Step<'attention_grad'>, lowering: Lowering): Dispatch[] {
  const [qkv, dY] = step.inputs as [Operand, Operand];
  const { groups, ...shared } = attentionArguments(step, BACKWARD);
  const perRow = lowering.scratch(3 * (qkv.shape[0] as number) * step.attrs.heads, step.replicas);
  const both = { operands: [qkv, dY, step.output, perRow], ...shared };
  return [dispatch('attention_dq', step, groups, both), dispatch('attention_dkv', step, groups, both)];
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
  attention: (step) => {
    const { groups, ...shared } = attentionArguments(step, FORWARD);
    return [dispatch('attention', step, groups, { operands: [step.inputs[0], step.output], ...shared })];
  },
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
