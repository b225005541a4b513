/** The decoder's parts and their gradients. */
import type { Operand, Step } from '../../plan.ts';
import { sizeOf } from '../../types.ts';
import type { Dispatch, Lowering, WebgpuKernels } from '../dispatch.ts';
import { ceilDivide, dispatch } from '../dispatch.ts';
import { sumParts } from './linear.ts';

const elements = (size: number): number => ceilDivide(size, 256);
/** Workgroups of kernels over rows: four rows each (`lanes.wgsl`), on the CPU 64 (`row.wgsl`). */
export const rowGroups = (rows: number, { quads }: Lowering): number => ceilDivide(rows, quads ? 64 : 4);

function normed(
  kernel: 'rms_norm' | 'rms_norm_dx',
  step: Step<'rms_norm' | 'rms_norm_dx'>,
  lowering: Lowering,
): Dispatch[] {
  const [rows, columns] = step.output.shape as [number, number];
  const operands = [...step.inputs, step.output];
  const { eps } = step.attrs;
  return [
    dispatch(lowering.quads ? `${kernel}:row` : kernel, step, rowGroups(rows, lowering), {
      operands,
      counts: [rows, columns],
      numbers: [eps],
    }),
  ];
}

function normWeight(step: Step<'rms_norm_dw'>, lowering: Lowering): Dispatch[] {
  const [x, dY] = step.inputs as [Operand, Operand];
  const [rows, columns] = x.shape as [number, number];
  const parts = Math.max(1, ceilDivide(rows, 16));
  const sum = parts > 1 ? lowering.scratch(parts * columns, step.replicas) : step.output;
  const { quads } = lowering;
  const first = dispatch(
    quads ? 'rms_norm_dw:row' : 'rms_norm_dw',
    step,
    quads ? ceilDivide(parts, 16) : parts,
    {
      operands: [x, dY, sum],
      counts: [rows, columns],
      numbers: [step.attrs.eps],
    },
  );
  return parts > 1 ? [first, sumParts(step, sum, step.output, parts * columns)] : [first];
}

interface Attention {
  length: number;
  heads: number;
  /** Channels of a head. */
  size: number;
  /** Sequences times heads. */
  blocks: number;
  numbers: number[];
}

function attentionOf({ inputs: [qkv], attrs }: Step<'attention' | 'attention_grad'>): Attention {
  const { heads, length } = attrs;
  const [rows, columns] = qkv!.shape as [number, number];
  const size = columns / 3 / heads;
  return { length, heads, size, blocks: (rows / length) * heads, numbers: [1 / Math.sqrt(size)] };
}

/** Groups of up to sixteen channels that each head's result is cut into. */
const channelGroups = ({ size }: Attention): number => ceilDivide(size, 16);
/** Workgroups of the kernels for the CPU: four rows of one head each. */
const rowQuads = ({ blocks, length }: Attention): number => blocks * ceilDivide(length, 4);

function attention(step: Step<'attention'>, { quads }: Lowering): Dispatch[] {
  const shape = attentionOf(step);
  const { length, heads, size, blocks, numbers } = shape;
  const operands = [step.inputs[0], step.output];
  if (quads) {
    const groups = rowQuads(shape);
    const counts = [groups, length, heads, size, 0, size];
    return [dispatch('attention:quad', step, groups, { operands, counts, numbers })];
  }
  const threads = blocks * length * channelGroups(shape);
  const counts = [threads, length, heads, size, channelGroups(shape)];
  return [dispatch('attention', step, ceilDivide(threads, 64), { operands, counts, numbers })];
}

function attentionGrad(step: Step<'attention_grad'>, lowering: Lowering): Dispatch[] {
  const [qkv, dY] = step.inputs as [Operand, Operand];
  const shape = attentionOf(step);
  const { length, heads, size, blocks, numbers } = shape;
  const rows = blocks * length;
  const perRow = lowering.scratch(3 * rows, step.replicas);
  const last = { operands: [qkv, dY, step.output, perRow], numbers };
  if (lowering.quads) {
    const groups = rowQuads(shape);
    return [
      dispatch('attention:quad', step, groups, {
        operands: [qkv, perRow, dY],
        counts: [groups, length, heads, 0, size, size],
        numbers,
      }),
      dispatch('attention_grad:quad', step, 2 * groups, {
        ...last,
        counts: [2 * groups, length, heads, size, groups],
      }),
    ];
  }
  const half = rows * channelGroups(shape);
  const counts = [length, heads, size, channelGroups(shape)];
  return [
    dispatch('attention_rows', step, ceilDivide(rows, 64), {
      operands: [qkv, dY, perRow],
      counts: [rows, ...counts],
      numbers,
    }),
    dispatch('attention_grad', step, ceilDivide(2 * half, 64), {
      ...last,
      counts: [2 * half, ...counts, half],
    }),
  ];
}

export const decoder: WebgpuKernels<
  'rms_norm' | 'rms_norm_dx' | 'rms_norm_dw' | 'rotary' | 'attention' | 'attention_grad' | 'swiglu' | 'swiglu_grad' // prettier-ignore
> = {
  rms_norm: (step, lowering) => normed('rms_norm', step, lowering),
  rms_norm_dx: (step, lowering) => normed('rms_norm_dx', step, lowering),
  rms_norm_dw: normWeight,
  rotary: (step) => {
    const [rows, columns] = step.output.shape as [number, number];
    const { heads, inverse } = step.attrs;
    const threads = (rows * columns) / 6;
    const counts = [threads, heads, columns / 3 / heads];
    const operands = [...step.inputs, step.output];
    const numbers = [inverse ? -1 : 1];
    return [dispatch('rotary', step, elements(threads), { operands, counts, numbers })];
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
