/** A trainer without a worker, on real WASM devices; what stands in for WebGPU is given by the test. */
import { readFile } from 'node:fs/promises';
import { BUILD } from '../../src/base/build.ts';
import { BackendUnavailableError } from '../../src/base/errors.ts';
import type { Device } from '../../src/engine/backend.ts';
import { openWasm } from '../../src/engine/wasm/index.ts';
import type { Keeper } from '../../src/session/keeper.ts';
import type { OpenRequest, Reply, TrainerApi, TrainerEvent } from '../../src/session/protocol.ts';
import { createTrainer } from '../../src/session/trainer.ts';
import { smallRecipe } from './small-run.ts';

export const openDevice = (): Promise<Device> => openWasm(() => readFile('src/engine/wasm/kernels.wasm'));

interface Bench {
  trainer: TrainerApi;
  events: TrainerEvent[];
  /** Resolves at the next event that fits. */
  until(fits: (event: TrainerEvent) => boolean): Promise<TrainerEvent>;
}

export const nothingKept = (): Promise<Keeper> => Promise.reject(new Error('this test keeps nothing'));

export function bench(webgpu: () => Promise<Device>, openKeeper = nothingKept): Bench {
  const events: TrainerEvent[] = [];
  const waiting: { fits: (event: TrainerEvent) => boolean; resolve: (event: TrainerEvent) => void }[] = [];
  let clock = 0;
  const trainer = createTrainer({
    openDevice: (backend) => (backend === 'webgpu' ? webgpu() : openDevice()),
    loadBase: () => Promise.reject(new Error('this recipe starts fresh')),
    now: () => (clock += 5),
    pause: () => new Promise((resolve) => setImmediate(resolve)),
    openKeeper,
  });
  trainer.subscribe((event) => {
    events.push(event);
    waiting.filter(({ fits }) => fits(event)).forEach(({ resolve }) => resolve(event));
  }, BUILD);
  return { trainer, events, until: (fits) => new Promise((resolve) => waiting.push({ fits, resolve })) };
}

export const noGpu = (): Promise<Device> =>
  Promise.reject(new BackendUnavailableError('This browser has no WebGPU.'));
export const request = (changes: Partial<OpenRequest> = {}): OpenRequest => ({
  runId: 'r1',
  site: 'http://localhost/',
  recipe: smallRecipe(),
  backend: 'auto',
  prompt: 'phone-1',
  ...changes,
});
export const inPhase = (phase: string) => (event: TrainerEvent) =>
  event.kind === 'progress' && event.progress.phase === phase;

export function value<T>(reply: Reply<T>): T {
  if (!reply.ok) throw new Error(reply.error.message);
  return reply.value;
}
export function message(reply: Reply<unknown>): string {
  if (reply.ok) throw new Error('expected a refusal');
  return reply.error.message;
}
