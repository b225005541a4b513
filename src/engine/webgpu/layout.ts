/**
 * What `load` makes: programs lowered, one arena laid out with its constants, arguments in place. The kernels are still being
 * compiled, in the order in which the programs want them.
 */
import { BackendUnavailableError } from '../../base/errors.ts';
import type { Graph } from '../graph.ts';
import type { Moments } from '../moments.ts';
import type { ArenaPlan } from '../plan.ts';
import { planArena } from '../plan.ts';
import type { Waits } from './await.ts';
import { smallKernel } from './join.ts';
import type { Pipelines } from './pipelines.ts';
import type { Program } from './program.ts';
import { ARGUMENT_BYTES, ArgumentList, lowerSteps, Scratch, writeProgram } from './program.ts';
import { extentOf, Writer } from './values.ts';

export interface Layout {
  arena: GPUBuffer;
  args: GPUBuffer;
  /** Arena and arguments, as every kernel sees them. */
  group: GPUBindGroup;
  states: ArenaPlan['states'];
  moments: ArenaPlan['moments'];
  programs: ReadonlyMap<string, Program>;
}

/** The device, what it has compiled, and how it is waited for. */
interface DeviceParts {
  gpu: GPUDevice;
  /** As in `Lowering`. */
  quads: boolean;
  pipelines: Pipelines;
  waits: Waits;
}

const megabytes = (bytes: number): number => Math.ceil(bytes / 1048576);

/** `before`: moments that the device holds from an earlier layout. */
export async function layOut(
  place: DeviceParts,
  graphs: Readonly<Record<string, Graph>>,
  before?: Moments,
): Promise<Layout> {
  const { gpu, quads, waits } = place;
  const plan = planArena(graphs, before);
  const list = new ArgumentList();
  const scratch = new Scratch(plan.words, quads);
  const programs = new Map<string, Program>();
  const lowered = [...plan.programs].map(([name, program]) => ({
    name,
    program,
    dispatches: lowerSteps(program, scratch),
  }));
  const small = smallKernel(
    lowered.flatMap(({ dispatches }) => dispatches),
    scratch,
  );
  for (const { name, program, dispatches } of lowered)
    programs.set(name, writeProgram(program, dispatches, small, list));
  const bytes = Math.max(16, 4 * (plan.words + scratch.words));
  checkSize(gpu, bytes);

  gpu.pushErrorScope('out-of-memory');
  gpu.pushErrorScope('validation');
  const buffers = createBuffers(place, bytes, list.toWords());
  writeConstants(gpu, buffers.arena, plan);
  const errors = Promise.all([gpu.popErrorScope(), gpu.popErrorScope()]);
  for (const { commands } of programs.values()) place.pipelines.start(commands.map(({ kernel }) => kernel));
  try {
    const error = (await waits.for(errors, 'Laying out the arena')).find((e) => e !== null);
    if (error) {
      throw new BackendUnavailableError(
        `WebGPU can't lay out ${megabytes(bytes)} MB: ${error.message} Use a smaller model or batch, or the wasm backend.`,
      );
    }
    const { states, moments } = plan;
    return { ...buffers, states, moments, programs };
  } catch (error) {
    destroyLayout(buffers);
    throw error;
  }
}

export function destroyLayout({ arena, args }: Pick<Layout, 'arena' | 'args'>): void {
  arena.destroy();
  args.destroy();
}

/** Copies states of the same name and type from one arena to another. */
export function keepStates(gpu: GPUDevice, before: Layout, after: Layout): void {
  const encoder = gpu.createCommandEncoder();
  for (const [name, state] of after.states) {
    const known = before.states.get(name);
    const words = extentOf(state, state.replicas);
    const same = known?.dtype === state.dtype && known.replicas === state.replicas;
    if (!same || words === 0 || extentOf(known, known.replicas) !== words) continue;
    encoder.copyBufferToBuffer(before.arena, known.offset * 4, after.arena, state.offset * 4, words * 4);
  }
  gpu.queue.submit([encoder.finish()]);
}

function checkSize(gpu: GPUDevice, bytes: number): void {
  const { maxBufferSize, maxStorageBufferBindingSize } = gpu.limits;
  const most = Math.min(maxBufferSize, maxStorageBufferBindingSize);
  if (bytes <= most) return;
  throw new BackendUnavailableError(
    `The arena takes ${megabytes(bytes)} MB, but a buffer of this GPU holds ${megabytes(most)} MB. Use a smaller model or batch, or the wasm backend.`,
  );
}

function createBuffers(
  { gpu, pipelines }: DeviceParts,
  bytes: number,
  words: Uint32Array<ArrayBuffer>,
): Pick<Layout, 'arena' | 'args' | 'group'> {
  const { STORAGE, UNIFORM, COPY_SRC, COPY_DST } = GPUBufferUsage;
  const arena = gpu.createBuffer({ label: 'arena', size: bytes, usage: STORAGE | COPY_SRC | COPY_DST });
  const args = gpu.createBuffer({ label: 'arguments', size: words.byteLength, usage: UNIFORM | COPY_DST });
  gpu.queue.writeBuffer(args, 0, words);
  const group = gpu.createBindGroup({
    layout: pipelines.bindings,
    entries: [
      { binding: 0, resource: { buffer: arena } },
      { binding: 1, resource: { buffer: args, size: ARGUMENT_BYTES } },
    ],
  });
  return { arena, args, group };
}

function writeConstants(gpu: GPUDevice, arena: GPUBuffer, plan: ArenaPlan): void {
  for (const { constants } of plan.programs.values()) {
    for (const { place, data } of constants) {
      if (data.length === 0) continue;
      const writer = new Writer(data.length);
      writer.put('constant', { ...place, offset: 0 }, 1, data);
      gpu.queue.writeBuffer(arena, place.offset * 4, writer.bytes);
    }
  }
}
