/** Ops that write states in place, and those of generation. */
import { GraphError } from '../../../base/errors.ts';
import type { Operand } from '../../plan.ts';
import { sizeOf } from '../../types.ts';
import type { WebgpuKernels } from '../dispatch.ts';
import { ceilDivide, dispatch } from '../dispatch.ts';

/** Most scores that attention_cached.wgsl keeps: half of the workgroup memory that every device has. */
const POSITIONS = 2048;

export const stateful: WebgpuKernels<
  'adamw' | 'cache_write' | 'attention_cached' | 'token_at' | 'sample' | 'advance'
> = {
  adamw: (step) => {
    const size = sizeOf(step.inputs[0]!.shape);
    return [dispatch('adamw', step, ceilDivide(size, 256), { operands: step.inputs, counts: [size] })];
  },
  cache_write: (step) => {
    const [sequences, positions, width] = step.inputs[0]!.shape as [number, number, number];
    const size = sequences * width;
    const counts = [size, width, positions];
    return [dispatch('cache_write', step, ceilDivide(size, 64), { operands: step.inputs, counts })];
  },
  attention_cached: (step) => {
    const { heads } = step.attrs;
    const [sequences, positions, width] = step.inputs[1]!.shape as [number, number, number];
    if (positions > POSITIONS) {
      throw new GraphError(
        `a cache of ${positions} positions: WebGPU takes up to ${POSITIONS}; use a shorter context, or the wasm backend.`,
      );
    }
    const size = width / 2 / heads;
    const operands = [...step.inputs, step.output];
    const counts = [sequences * heads, positions, heads, size];
    return [
      dispatch(`attention_cached:${64 * ceilDivide(positions, 64)}`, step, sequences * heads, {
        operands,
        counts,
        numbers: [1 / Math.sqrt(size)],
      }),
    ];
  },
  token_at: (step) => {
    const counts = [...(step.inputs[0] as Operand).shape];
    return [
      dispatch('token_at', step, ceilDivide(counts[0]!, 64), {
        operands: [...step.inputs, step.output],
        counts,
      }),
    ];
  },
  sample: (step) => {
    const counts = [...(step.inputs[0] as Operand).shape];
    return [dispatch('sample', step, counts[0]!, { operands: [...step.inputs, step.output], counts })];
  },
  advance: (step) => {
    const counts = [...(step.inputs[0] as Operand).shape, step.attrs.eos, step.attrs.pad];
    return [dispatch('advance', step, 1, { operands: step.inputs, counts })];
  },
};
