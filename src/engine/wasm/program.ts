/** Turns a planned program into a flat list of kernel calls with every address baked in. */
import { ShapeError } from '../../base/errors.ts';
import type { ProgramPlan, Step } from '../plan.ts';
import type { OpName } from '../types.ts';
import type { KernelExports } from './exports.ts';
import type { KeptPlan } from './keep.ts';
import type { Call, WasmKernel } from './kernel.ts';
import { kernels } from './kernels.ts';

/** Where the arena starts, what is kept behind it, and the scratch behind that, in bytes. Collects how much scratch the calls need. */
export interface Layout {
  arena: number;
  kept: number;
  scratch: number;
  scratchWords: number;
}

export interface PreparedCall {
  op: OpName;
  call: Call;
}

export function prepare(
  plan: ProgramPlan,
  { places }: KeptPlan,
  k: KernelExports,
  layout: Layout,
): PreparedCall[] {
  return plan.steps.flatMap((step) =>
    Array.from({ length: step.replicas }, (_, replica) => {
      const place = places.get(step);
      const kept = place ? layout.kept + 4 * (place.offset + replica * place.stride) : 0;
      return prepareStep(step, replica, kept, k, layout);
    }),
  );
}

function prepareStep(
  step: Step,
  replica: number,
  kept: number,
  k: KernelExports,
  layout: Layout,
): PreparedCall {
  const addressOf = ({ offset, stride }: { offset: number; stride: number }): number =>
    layout.arena + 4 * (offset + replica * stride);
  const addresses = step.inputs.map(addressOf);
  const kernel = kernels[step.op] as WasmKernel<OpName>;
  const call = kernel({
    k,
    attrs: step.attrs,
    inputs: step.inputs,
    output: step.output,
    at: (i) => {
      const address = addresses[i];
      if (address === undefined) throw new ShapeError(`${step.op} has no input ${i}`);
      return address;
    },
    out: addressOf(step.output),
    scratch: (words) => {
      layout.scratchWords = Math.max(layout.scratchWords, words);
      return layout.scratch;
    },
    kept,
  });
  return { op: step.op, call };
}

/** The only trap that a kernel has: an index (token, position, row) outside its table. */
export function runCalls(program: string, calls: readonly PreparedCall[]): void {
  let i = 0;
  try {
    for (; i < calls.length; i++) (calls[i] as PreparedCall).call();
  } catch (error) {
    if (!(error instanceof WebAssembly.RuntimeError)) throw error;
    throw new ShapeError(
      `program ${program}: ${calls[i]?.op} was given an index outside its table; check tokens and positions.`,
    );
  }
}
