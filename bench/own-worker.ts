/** A worker that holds Swayground's engine and nothing of the peer; its own name says which backend runs. */
import * as Comlink from 'comlink';
import type { Device } from '../src/engine/backend.ts';
import { openDevice } from '../src/engine/open.ts';
import kernels from '../src/engine/wasm/kernels.wasm?url';
import {
  generate,
  generationProgram,
  matmulPrograms,
  runMatmul,
  stepFeeds,
  trainProgram,
  writeMatmul,
  writeWorkload,
} from '../src/session/device-programs.ts';
import { GENERATED_TOKENS, MATMULS, workload } from '../src/session/device-workload.ts';
import type { OwnSubject } from './subject.ts';
import { countFlops, optimiserFeeds } from './workload.ts';

const backend = self.name === 'swayground-webgpu' ? 'webgpu' : 'wasm';
const bytes = async (): Promise<ArrayBuffer> =>
  (await fetch(new URL(kernels, import.meta.url))).arrayBuffer();
const open = (): Promise<Device> => openDevice(backend, { wasm: bytes, gpu: navigator.gpu });

const work = workload();
let device: Device;
let made = 0;

async function steps(count: number): Promise<number[]> {
  const feeds = Array.from({ length: count }, () => stepFeeds(optimiserFeeds(++made)));
  const outputs = await device.run('train', feeds);
  return outputs.map(({ loss }) => loss?.[0] as number);
}

async function timed<T>(run: () => Promise<T>): Promise<{ ms: number; value: T }> {
  const start = performance.now();
  const value = await run();
  return { ms: performance.now() - start, value };
}

const subject: OwnSubject = {
  open: async () => {
    const { ms } = await timed(async () => (device = await open()));
    return { ms, description: device.info.description };
  },
  first: async () => {
    const { ms, value } = await timed(async () => {
      await device.load({ train: trainProgram() });
      writeWorkload(device, work);
      return steps(1);
    });
    return { ms, losses: value };
  },
  steps: async (count) => {
    const { ms, value } = await timed(() => steps(count));
    return { ms, losses: value };
  },
  loadAll: async () => {
    const sizes = backend === 'wasm' ? MATMULS : [];
    await device.load({
      train: trainProgram(),
      generate: generationProgram(),
      ...matmulPrograms(sizes),
    });
    for (const size of sizes) writeMatmul(device, size);
  },
  generate: async () => {
    const { ms } = await timed(() => generate(device, 'generate'));
    return { ms, tokens: GENERATED_TOKENS };
  },
  matmul: async (size, count) => (await timed(() => runMatmul(device, size, count))).ms,
  flops: async () => countFlops(trainProgram()),
  arenaBytes: async () => {
    const { labArenaBytes } = await import('./arena.ts');
    return labArenaBytes(await open());
  },
};
Comlink.expose(subject);
