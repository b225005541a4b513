/**
 * The WASM backend: one memory, with the arena of the plan after the module's own constants, and behind the
 * arena what a forward call keeps for its gradient and one scratch area, which all programs share. Bit-exact: the same module gives the same bits in every browser and in Node.
 */
import { BackendUnavailableError, ShapeError, UnknownNameError } from '../../base/errors.ts';
import type { Device, Feeds, Outputs, Values } from '../backend.ts';
import type { ArenaPlan, Operand, ProgramPlan } from '../plan.ts';
import { planArena } from '../plan.ts';
import { sizeOf } from '../types.ts';
import { instantiateKernels } from './instantiate.ts';
import { planKept } from './keep.ts';
import type { Layout, PreparedCall } from './program.ts';
import { prepare, runCalls } from './program.ts';

const PAGE = 65536;
/** Vectors at the end of a tensor are loaded whole: nothing may lie closer than this to the end of the memory. */
const SLACK = 64;
const aligned = (bytes: number): number => Math.ceil(bytes / 64) * 64;

interface Program {
  plan: ProgramPlan;
  calls: PreparedCall[];
}

export async function openWasm(bytes: () => Promise<BufferSource>): Promise<Device> {
  const { kernels, memory } = await instantiateKernels(await bytes());
  const arena = aligned(kernels.heapBase());
  let f32 = new Float32Array(memory.buffer);
  let i32 = new Int32Array(memory.buffer);
  let plan: ArenaPlan = planArena({});
  let programs = new Map<string, Program>();
  let bytesUsed = 0;

  const reserve = (end: number): void => {
    const pages = Math.ceil((end - memory.buffer.byteLength) / PAGE);
    try {
      if (pages > 0) memory.grow(pages);
    } catch {
      const megabytes = Math.ceil(end / 1e6);
      throw new BackendUnavailableError(
        `WASM needs ${megabytes} MB for this and can't have them; choose a smaller model or batch.`,
      );
    }
    f32 = new Float32Array(memory.buffer);
    i32 = new Int32Array(memory.buffer);
  };

  const startOf = ({ offset, stride }: Operand, replica: number): number =>
    arena / 4 + offset + replica * stride;

  const put = (place: Operand, copies: number, values: ArrayLike<number>, what: string): void => {
    const size = sizeOf(place.shape);
    if (values.length !== size * copies)
      throw new ShapeError(`${what}: expected ${size * copies} numbers, received ${values.length}`);
    const words = place.dtype === 'i32' ? i32 : f32;
    for (let r = 0; r < copies; r++) {
      const start = startOf(place, r);
      for (let i = 0; i < size; i++) words[start + i] = values[r * size + i] as number;
    }
  };

  const take = (place: Operand, copies: number): Values => {
    const size = sizeOf(place.shape);
    const words = place.dtype === 'i32' ? i32 : f32;
    if (copies === 1) return words.slice(startOf(place, 0), startOf(place, 0) + size);
    const values = place.dtype === 'i32' ? new Int32Array(size * copies) : new Float32Array(size * copies);
    for (let r = 0; r < copies; r++)
      values.set(words.subarray(startOf(place, r), startOf(place, r) + size), r * size);
    return values;
  };

  const copiesOf = (place: Operand, replicas: number): number => (place.stride > 0 ? replicas : 1);

  const stateOf = (name: string): Operand & { replicas: number } => {
    const state = plan.states.get(name);
    if (state === undefined)
      throw new UnknownNameError(
        `no state is called ${name}; there are ${[...plan.states.keys()].join(', ')}.`,
      );
    return state;
  };

  /** Everything that a run needs is checked before anything is written. */
  const checkFeeds = ({ plan: { feeds, replicas } }: Program, values: Feeds): void => {
    for (const [name, place] of feeds) {
      const given = values[name];
      if (given === undefined) throw new UnknownNameError(`the run was given no feed ${name}.`);
      const expected = sizeOf(place.shape) * copiesOf(place, replicas);
      if (given.length !== expected)
        throw new ShapeError(`feed ${name}: expected ${expected} numbers, received ${given.length}`);
    }
  };

  const runOnce = (name: string, program: Program, values: Feeds): Outputs => {
    const { feeds, outputs, replicas } = program.plan;
    for (const [feed, place] of feeds)
      put(place, copiesOf(place, replicas), values[feed] as ArrayLike<number>, `feed ${feed}`);
    runCalls(name, program.calls);
    return Object.fromEntries(
      [...outputs].map(([output, place]) => [output, take(place, copiesOf(place, replicas))]),
    );
  };

  return {
    info: { backend: 'wasm', description: 'WASM SIMD', software: false, largestArena: 65536 * PAGE },
    lost: new Promise(() => undefined),
    get arenaBytes() {
      return bytesUsed;
    },
    load: async (graphs) => {
      const next = planArena(graphs, plan.moments);
      const kept = new Map(
        [...plan.states].map(([name, place]) => [name, take(place, copiesOf(place, place.replicas))]),
      );
      const planned = [...next.programs].map(
        ([name, program]) => [name, program, planKept(program.steps)] as const,
      );
      // like the scratch, one region for all programs: nothing outlasts a run
      const keptWords = Math.max(0, ...planned.map(([, , { words }]) => words));
      const behindArena = aligned(arena + next.words * 4);
      const behindKept = aligned(behindArena + keptWords * 4);
      const layout: Layout = { arena, kept: behindArena, scratch: behindKept, scratchWords: 0 };
      const prepared = new Map(
        planned.map(([name, program, keep]): [string, Program] => [
          name,
          { plan: program, calls: prepare(program, keep, kernels, layout) },
        ]),
      );
      reserve(layout.scratch + layout.scratchWords * 4 + SLACK);
      [plan, programs, bytesUsed] = [next, prepared, (next.words + keptWords) * 4];
      i32.fill(0, arena / 4);
      for (const [name, place] of plan.states) {
        const copies = copiesOf(place, place.replicas);
        const values = kept.get(name);
        if (values?.length === sizeOf(place.shape) * copies) put(place, copies, values, `state ${name}`);
      }
      for (const { constants } of plan.programs.values())
        for (const { place, data } of constants) put(place, 1, data, 'constant');
    },
    run: async (name, feeds) => {
      const program = programs.get(name);
      if (program === undefined) throw new UnknownNameError(`no program is called ${name}.`);
      for (const values of feeds) checkFeeds(program, values);
      return feeds.map((values) => runOnce(name, program, values));
    },
    read: async (name) => {
      const state = stateOf(name);
      return take(state, copiesOf(state, state.replicas));
    },
    write: (name, values) => {
      const state = stateOf(name);
      put(state, copiesOf(state, state.replicas), values, `state ${name}`);
    },
    dispose: () => {
      plan = planArena({});
      programs.clear();
      bytesUsed = 0;
    },
  };
}
