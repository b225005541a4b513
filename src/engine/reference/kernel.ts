/** The form of a reference kernel. All numbers, indices too, are float64; nothing here is ever optimised. */
import type { OpAttrs, OpName, Shape } from '../types.ts';

export interface Block {
  shape: Shape;
  data: Float64Array;
}

/** Computes the output (zeros at the call) from the inputs; ops that write states write their first inputs. */
export type Kernel<O extends OpName> = (
  inputs: readonly Block[],
  output: Float64Array,
  attrs: OpAttrs[O],
) => void;
export type Kernels<Names extends OpName> = { [O in Names]: Kernel<O> };

/** Reads with a bound check: a kernel that reads outside its input is a bug, not a NaN. */
export function at(data: Float64Array, i: number): number {
  const value = data[i];
  if (value === undefined) throw new RangeError(`reference kernel reads element ${i} of ${data.length}`);
  return value;
}

export function input(inputs: readonly Block[], i: number): Block {
  const block = inputs[i];
  if (block === undefined) throw new RangeError(`reference kernel has no input ${i}`);
  return block;
}

/** The size of one axis, counted from the end when negative. */
export function axis(block: Block, i: number): number {
  return block.shape.at(i) ?? 1;
}
