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
import { Readback } from './readback.ts';
import { copiesOf, extentOf, powerOfTwo, take, Writer } from './values.ts';

type State = Operand & { replicas: number };

export class WebgpuDevice implements Device {
  readonly info;
  readonly lost: Promise<string>;
  private readonly waits = new Waits();
  private readonly pipelines: Pipelines;
  private readonly readback: Readback;
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
    this.info = { backend: 'webgpu' as const, description, software };
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
    const after = await layOut({ gpu, quads, pipelines, waits }, graphs);
    const before = this.layout;
    // in one go: what was written while the kernels compiled is in the old arena
    if (before !== undefined) {
      keepStates(gpu, before, after);
      destroyLayout(before);
    }
    this.layout = after;
  }

  async run(name: string, feeds: readonly Feeds[]): Promise<Outputs[]> {
    const { arena, programs } = this.ready();
    const program = programs.get(name);
    if (program === undefined) {
      throw new UnknownNameError(
        `no program is called ${name}; there are ${[...programs.keys()].join(', ')}.`,
      );
    }
    if (feeds.length === 0) return [];
    this.stage(program, feeds);
    const perRun = program.outputs.words * 4;
    const bytes = Math.max(4, perRun * feeds.length);
    const slot = this.readback.take(bytes);
    const encoder = this.gpu.createCommandEncoder();
    for (let i = 0; i < feeds.length; i++) {
      for (const { arena: to, transfer, words } of program.feeds.stretches) {
        const from = (i * program.feeds.words + transfer) * 4;
        encoder.copyBufferToBuffer(this.staging as GPUBuffer, from, arena, to * 4, words * 4);
      }
      this.encode(encoder, program);
      for (const { arena: from, transfer, words } of program.outputs.stretches) {
        encoder.copyBufferToBuffer(arena, from * 4, slot.buffer, i * perRun + transfer * 4, words * 4);
      }
    }
    // a program without outputs answers when it is done, too
    if (perRun === 0) encoder.copyBufferToBuffer(arena, 0, slot.buffer, 0, 4);
    this.gpu.queue.submit([encoder.finish()]);
    this.pending += feeds.length;
    try {
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
    const encoder = this.gpu.createCommandEncoder();
    encoder.copyBufferToBuffer(arena, state.offset * 4, slot.buffer, 0, bytes);
    this.gpu.queue.submit([encoder.finish()]);
    const data = await this.readback.read(slot, bytes, `state ${name}`, this.pending + 1);
    return take(data, { ...state, offset: 0 }, state.replicas);
  }

  write(name: string, values: ArrayLike<number>): void {
    const { arena } = this.ready();
    const state = this.state(name);
    const words = extentOf(state, state.replicas);
    const writer = new Writer(words);
    writer.put(`state ${name}`, { ...state, offset: 0 }, state.replicas, values);
    if (words > 0) this.gpu.queue.writeBuffer(arena, state.offset * 4, writer.bytes);
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
  private stage({ feeds: { places, words }, replicas }: Program, feeds: readonly Feeds[]): void {
    const writer = new Writer(words * feeds.length);
    feeds.forEach((values, i) => {
      for (const [name, place] of places) {
        const data = values[name];
        if (data === undefined) throw new UnknownNameError(`run ${i} was given no feed ${name}.`);
        const moved = { ...place, offset: i * words + place.offset };
        writer.put(`feed ${name}`, moved, copiesOf(place, replicas), data);
      }
    });
    const { byteLength } = writer.bytes;
    if (byteLength === 0) return;
    if (this.staging === undefined || this.staging.size < byteLength) {
      this.staging?.destroy();
      const usage = GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
      this.staging = this.gpu.createBuffer({ label: 'feeds', size: powerOfTwo(byteLength), usage });
    }
    this.gpu.queue.writeBuffer(this.staging, 0, writer.bytes);
  }

  private encode(encoder: GPUCommandEncoder, program: Program): void {
    const { group, pipelines } = this.ready();
    const pass = encoder.beginComputePass();
    let current = '';
    for (const { kernel, offset, x, y, z } of program.commands) {
      if (kernel !== current) pass.setPipeline(pipelines.get(kernel) as GPUComputePipeline);
      current = kernel;
      pass.setBindGroup(0, group, [offset]);
      pass.dispatchWorkgroups(x, y, z);
    }
    pass.end();
  }
}
