/** The page of the bench: starts a worker for each subject and lets them work in turns, one short slice after another. */
import * as Comlink from 'comlink';
import { MATMULS } from '../src/session/device-workload.ts';
import type { OwnSubject, Subject, SubjectName } from './subject.ts';
import { CHECKED } from './workload.ts';

/** A slice is as many steps as fit into this, at least one: the processor is taken away for longer stretches than that. */
const SLICE_MS = 40;

interface Handle<T extends Subject> {
  name: SubjectName;
  worker: Worker;
  subject: Comlink.Remote<T>;
}

export interface First {
  openMs: number;
  firstMs: number;
  description: string;
}

export interface Side {
  description: string;
  /** Of the first CHECKED steps. */
  losses: number[];
  /** Milliseconds a training step, one number a slice. */
  stepMs: number[];
}

export interface OwnSide {
  generateMs: number[];
  generateTokens: number;
  flops: number;
  /** GFLOP/s of the matrix kernel, one list a size; empty on WebGPU. */
  matmuls: { name: string; gflops: number[] }[];
}

export interface Together {
  isolated: boolean;
  sides: Partial<Record<SubjectName, Side>>;
  own: OwnSide;
}

export interface BenchPage {
  adapter(): Promise<string | null>;
  first(name: SubjectName): Promise<First>;
  together(
    own: 'swayground-wasm' | 'swayground-webgpu',
    peers: SubjectName[],
    seconds: number,
    rounds: number,
  ): Promise<Together>;
  arenaBytes(): Promise<number>;
}

function start<T extends Subject>(name: SubjectName): Handle<T> {
  const worker = name.startsWith('swayground')
    ? new Worker(new URL('./own-worker.ts', import.meta.url), { type: 'module', name })
    : new Worker(new URL('./jax-worker.ts', import.meta.url), { type: 'module', name });
  return { name, worker, subject: Comlink.wrap<T>(worker) };
}

/** Rejects with the worker's own error where it does not even load. */
function crash({ name, worker }: Handle<Subject>): Promise<never> {
  return new Promise((_, reject) => {
    worker.onerror = (event) => reject(new Error(`${name}: ${event.message}`));
  });
}

async function first(name: SubjectName): Promise<First> {
  const handle = start(name);
  const opened = await Promise.race([handle.subject.open(), crash(handle)]);
  const { ms } = await handle.subject.first();
  handle.worker.terminate();
  return { openMs: opened.ms, firstMs: ms, description: opened.description };
}

/** Something measured slice by slice: `run(count)` makes count units of work and resolves with milliseconds. */
interface Lane {
  run: (count: number) => Promise<number>;
  count: number;
  slices: number[];
}

async function lane(run: Lane['run'], warmUps: number): Promise<Lane> {
  let best = Infinity;
  for (let i = 0; i < warmUps; i++) best = Math.min(best, await run(1));
  return { run, count: Math.max(1, Math.floor(SLICE_MS / best)), slices: [] };
}

async function together(
  own: 'swayground-wasm' | 'swayground-webgpu',
  peers: SubjectName[],
  seconds: number,
  rounds: number,
): Promise<Together> {
  const wasm = own === 'swayground-wasm';
  const ours = start<OwnSubject>(own);
  const handles: Handle<Subject>[] = [ours, ...peers.map((name) => start(name))];
  const lanes: Lane[] = [];
  const sides: Together['sides'] = {};
  for (const handle of handles) {
    const { description } = await Promise.race([handle.subject.open(), crash(handle)]);
    const begun = await handle.subject.first();
    const more = await handle.subject.steps(CHECKED - 1);
    if (handle.name === own) await ours.subject.loadAll();
    const steps = await lane(async (count) => (await handle.subject.steps(count)).ms / count, wasm ? 8 : 1);
    lanes.push(steps);
    sides[handle.name] = { description, losses: [...begun.losses, ...more.losses], stepMs: steps.slices };
  }
  const { tokens } = await ours.subject.generate();
  const generate = await lane(async () => (await ours.subject.generate()).ms, wasm ? 3 : 1);
  lanes.push(generate);
  const matmuls = [];
  for (const size of wasm ? MATMULS : []) {
    const kernel = await lane(async (count) => (await ours.subject.matmul(size, count)) / count, 5);
    kernel.count = Math.ceil(kernel.count / 8); // about 5 ms each
    lanes.push(kernel);
    matmuls.push({ size, kernel });
  }

  const begin = performance.now();
  for (let round = 0; round < rounds || performance.now() - begin < seconds * 1000; round++) {
    for (const each of lanes) each.slices.push(await each.run(each.count));
  }
  const flops = await ours.subject.flops();
  for (const { worker } of handles) worker.terminate();
  return {
    isolated: crossOriginIsolated,
    sides,
    own: {
      generateMs: generate.slices,
      generateTokens: tokens,
      flops,
      matmuls: matmuls.map(({ size: { m, n, k }, kernel }) => ({
        name: `${m}x${n}x${k}`,
        gflops: kernel.slices.map((ms) => (2 * m * n * k) / ms / 1e6),
      })),
    },
  };
}

async function arenaBytes(): Promise<number> {
  const { worker, subject } = start<OwnSubject>('swayground-wasm');
  const bytes = await subject.arenaBytes();
  worker.terminate();
  return bytes;
}

async function adapter(): Promise<string | null> {
  const found = await navigator.gpu?.requestAdapter();
  if (!found) return null;
  const { vendor, architecture, description } = found.info;
  return [vendor, architecture, description].filter((part) => part !== '').join(' ') || 'an adapter';
}

declare global {
  interface Window {
    bench?: BenchPage;
  }
}
window.bench = { adapter, first, together, arenaBytes };
