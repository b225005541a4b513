/** The form of a WASM kernel row: given where a step's operands lie, it prepares the call that every replay makes. */
import type { Operand } from '../plan.ts';
import type { OpAttrs, OpName, Shape } from '../types.ts';
import type { KernelExports } from './exports.ts';

/** One kernel call with its pointers and sizes baked in. */
export type Call = () => void;

/** One step of one replica. */
export interface Site<O extends OpName> {
  k: KernelExports;
  attrs: OpAttrs[O];
  inputs: readonly Operand[];
  output: Operand;
  /** Byte address of input i. */
  at: (i: number) => number;
  /** Byte address of the output. */
  out: number;
  /** Byte address of at least so many words that the call may write; their contents don't last. */
  scratch: (words: number) => number;
  /** Byte address of what the forward call keeps for its gradient (`keep.ts`); 0 where nothing is kept. */
  kept: number;
}

export type WasmKernel<O extends OpName> = (site: Site<O>) => Call;
export type WasmKernels<Names extends OpName> = { [O in Names]: WasmKernel<O> };

export function shapeOf(site: { inputs: readonly Operand[] }, i: number): Shape {
  const input = site.inputs[i];
  if (input === undefined) throw new RangeError(`a step has no input ${i}`);
  return input.shape;
}

/** The size of one axis of input i, counted from the end when negative. */
export function axis(site: { inputs: readonly Operand[] }, i: number, which: number): number {
  return shapeOf(site, i).at(which) ?? 1;
}
