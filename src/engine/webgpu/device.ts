/** A WebGPU device as the engine sees it: one arena buffer, one bind group, programs replayed by command encoders. */
import { BackendUnavailableError, DeviceLostError, StateError, UnknownNameError } from '../../base/errors.ts';
import type { Device, Feeds, Outputs, Values } from '../backend.ts';
import type { Graph } from '../graph.ts';
import type { Operand } from '../plan.ts';
import { Waits } from './await.ts';
import type { Layout } from './layout.ts';
import { destroyLayout, keepStates, layOut } from './layout.ts';
import { Pipelines } from './pipelines.ts';
import type { Program } from './program.ts';
import type { Slot } from './readback.ts';
import { Readback } from './readback.ts';
import type { KernelName } from './sources.ts';
import { Turns } from './turns.ts';
import { copiesOf, extentOf, powerOfTwo, take, Writer } from './values.ts';

type State = Operand & { replicas: number };

/** Compiling the kernels of a program may take this many deadlines on a slow device. */
const COMPILE_TURNS = 2;

export class WebgpuDevice implements Device {
  readonly info;
  readonly lost: Promise<string>;
  private readonly waits = new Waits();
  private readonly pipelines: Pipelines;
  private readonly readback: Readback;
  private readonly turns = new Turns();
  private layout: Layout | undefined;
  /** Feeds of the run-group being submitted; later groups overwrite it in queue order. */
  private staging: GPUBuffer | undefined;
  /** Runs submitted and not yet answered. */
  private pending = 0;
  private disposed = false;

  constructor(
    private readonly gpu: GPUDevice,
    description: string,
    software: boolean,
    private readonly quads: boolean,
  ) {
    const { maxBufferSize, maxStorageBufferBindingSize } = gpu.limits;
    const largestArena = Math.min(maxBufferSize, maxStorageBufferBindingSize);
    this.info = { backend: 'webgpu' as const, description, software, largestArena };
    this.pipelines = new Pipelines(gpu);
    this.readback = new Readback(gpu, this.waits);
    this.lost = new Promise((resolve) => {
      void gpu.lost.then(({ reason, message }) => {
        if (this.disposed) return;
        const text = `The GPU device was lost (${reason}${message === '' ? '' : `: ${message}`}).`;
        this.waits.end(new DeviceLostError(`${text} Open a device again, or use the wasm backend.`));
        resolve(text);
      });
    });
    gpu.addEventListener('uncapturederror', (event) => {
      event.preventDefault();
      this.waits.end(
        new BackendUnavailableError(`WebGPU reports: ${event.error.message} Use the wasm backend.`),
      );
    });
  }

  get arenaBytes(): number {
    return this.layout?.arena.size ?? 0;
  }

  async load(graphs: Readonly<Record<string, Graph>>): Promise<void> {
    this.waits.check();
    const { gpu, quads, pipelines, waits } = this;
    const after = await layOut({ gpu, quads, pipelines, waits }, graphs, this.layout?.moments);
    // runs that wait for their kernels still want the old arena
    await this.turns.settled();
    const before = this.layout;
    // in one go: what was written in the meantime is in the old arena
    if (before !== undefined) {
      keepStates(gpu, before, after);
      destroyLayout(before);
    }
    this.layout = after;
  }

  async compiled(): Promise<void> {
    const { programs } = this.ready();
    const kernels = new Set([...programs.values()].flatMap(({ commands }) => commands.map((c) => c.kernel)));
    const all = Promise.all([...kernels].map((kernel) => this.pipelines.get(kernel)));
    await this.waits.for(all, 'Compiling the kernels', COMPILE_TURNS);
  }

  async run(name: string, feeds: readonly Feeds[]): Promise<Outputs[]> {
    const layout = this.ready();
    const program = layout.programs.get(name);
    if (program === undefined) {
      throw new UnknownNameError(
        `no program is called ${name}; there are ${[...layout.programs.keys()].join(', ')}.`,
      );
    }
    if (feeds.length === 0) return [];
    const staged = stage(program, feeds);
    const perRun = program.outputs.words * 4;
    const bytes = Math.max(4, perRun * feeds.length);
    this.pending += feeds.length;
    try {
      const slot = this.readback.take(bytes);
      await this.turns.take(() => this.submit(layout, program, feeds.length, staged, slot));
      const data = await this.readback.read(slot, bytes, `program ${name}`, this.pending);
      return feeds.map((_, i) => {
        const block = data.slice(i * perRun, (i + 1) * perRun);
        const entries = [...program.outputs.places].map(([output, place]): [string, Values] => [
          output,
          take(block, place, copiesOf(place, program.replicas)),
        ]);
        return Object.fromEntries(entries);
      });
    } finally {
      this.pending -= feeds.length;
    }
  }

  async read(name: string): Promise<Values> {
    const { arena } = this.ready();
    const state = this.state(name);
    const bytes = 4 * extentOf(state, state.replicas);
    if (bytes === 0) return take(new ArrayBuffer(0), state, 0);
    const slot = this.readback.take(bytes);
    await this.turns.take(() => {
      const encoder = this.gpu.createCommandEncoder();
      encoder.copyBufferToBuffer(arena, state.offset * 4, slot.buffer, 0, bytes);
      this.gpu.queue.submit([encoder.finish()]);
      return Promise.resolve();
    });
    const data = await this.readback.read(slot, bytes, `state ${name}`, this.pending + 1);
    return take(data, { ...state, offset: 0 }, state.replicas);
  }

  write(name: string, values: ArrayLike<number>): void {
    const { arena } = this.ready();
    const state = this.state(name);
    const words = extentOf(state, state.replicas);
    const writer = new Writer(words);
    writer.put(`state ${name}`, { ...state, offset: 0 }, state.replicas, values);
    if (words > 0)
      this.turns.takeNow(() => this.gpu.queue.writeBuffer(arena, state.offset * 4, writer.bytes));
  }

  dispose(): void {
    if (this.disposed) return;
    this.disposed = true;
    this.waits.end(new StateError('This device was disposed of; open another.'));
    this.readback.destroy();
    this.gpu.destroy();
    this.layout = undefined;
  }

  lose(): void {
    this.gpu.destroy();
  }

  private ready(): Layout {
    this.waits.check();
    if (this.layout === undefined) throw new StateError('No programs are loaded; call load first.');
    return this.layout;
  }

  private state(name: string): State {
    const states = this.ready().states;
    const state = states.get(name);
    if (state === undefined)
      throw new UnknownNameError(`no state is called ${name}; there are ${[...states.keys()].join(', ')}.`);
    return state;
  }

  /** Uploads the feeds of a whole group at once: `writeBuffer` can't take place between the passes of one encoder. */
  private upload({ bytes }: Writer): GPUBuffer {
    if (this.staging === undefined || this.staging.size < bytes.byteLength) {
      this.staging?.destroy();
      const usage = GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
      this.staging = this.gpu.createBuffer({ label: 'feeds', size: powerOfTwo(bytes.byteLength), usage });
    }
    if (bytes.byteLength > 0) this.gpu.queue.writeBuffer(this.staging, 0, bytes);
    return this.staging;
  }

  /**
   * Submits a program `count` times, with outputs copied to the slot: at once where its kernels are compiled. Else what comes
   * before the first kernel that is not goes ahead, and the rest follows as the kernels come.
   */
  private async submit(
    { arena, group }: Layout,
    { commands, feeds, outputs }: Program,
    count: number,
    staged: Writer,
    slot: Slot,
  ): Promise<void> {
    const { gpu, pipelines } = this;
    const staging = this.upload(staged);
    let encoder = gpu.createCommandEncoder();
    for (let i = 0; i < count; i++) {
      for (const { arena: to, transfer, words } of feeds.stretches)
        encoder.copyBufferToBuffer(staging, (i * feeds.words + transfer) * 4, arena, to * 4, words * 4);
      let pass = encoder.beginComputePass();
      let current = '';
      for (const { kernel, offset, x, y, z } of commands) {
        let pipeline = pipelines.ready(kernel);
        if (pipeline === undefined) {
          pass.end();
          gpu.queue.submit([encoder.finish()]);
          pipeline = await this.pipelineFor(kernel, slot);
          encoder = gpu.createCommandEncoder();
          pass = encoder.beginComputePass();
          current = '';
        }
        if (kernel !== current) pass.setPipeline(pipeline);
        current = kernel;
        pass.setBindGroup(0, group, [offset]);
        pass.dispatchWorkgroups(x, y, z);
      }
      pass.end();
      for (const { arena: from, transfer, words } of outputs.stretches) {
        const to = (i * outputs.words + transfer) * 4;
        encoder.copyBufferToBuffer(arena, from * 4, slot.buffer, to, words * 4);
      }
    }
    // a program without outputs answers when it is done, too
    if (outputs.words === 0) encoder.copyBufferToBuffer(arena, 0, slot.buffer, 0, 4);
    gpu.queue.submit([encoder.finish()]);
  }

  private async pipelineFor(kernel: KernelName, slot: Slot): Promise<GPUComputePipeline> {
    try {
      return await this.waits.for(this.pipelines.get(kernel), 'Compiling the kernels', COMPILE_TURNS);
    } catch (error) {
      this.readback.give(slot);
      throw error;
    }
  }
}

/** The feeds of a group of runs, one run after the other. */
function stage({ feeds: { places, words }, replicas }: Program, feeds: readonly Feeds[]): Writer {
  const writer = new Writer(words * feeds.length);
  feeds.forEach((values, i) => {
    for (const [name, place] of places) {
      const data = values[name];
      if (data === undefined) throw new UnknownNameError(`run ${i} was given no feed ${name}.`);
      const moved = { ...place, offset: i * words + place.offset };
      writer.put(`feed ${name}`, moved, copiesOf(place, replicas), data);
    }
  });
  return writer;
}
