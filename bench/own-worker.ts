/** A worker that holds Swayground's engine and nothing of the peer; its own name says which backend runs. */
import * as Comlink from 'comlink';
import type { Device } from '../src/engine/backend.ts';
import type { Graph } from '../src/engine/graph.ts';
import { createGraph, float } from '../src/engine/graph.ts';
import { openDevice } from '../src/engine/open.ts';
import kernels from '../src/engine/wasm/kernels.wasm?url';
import { checkedObjective } from '../src/objectives/check.ts';
import { batchRows, DATA, offlineProgram } from '../src/loops/offline.ts';
import { GENERATED, generateProgram, POLICY, POSITION } from '../src/models/lm/programs.ts';
import { objective } from '../src/objectives/sigmoid.ts';
import { EOS, PAD } from '../src/worlds/world.ts';
import type { MatmulSize, OwnSubject } from './subject.ts';
import {
  BETA,
  CONFIG,
  countFlops,
  hyper,
  LENGTH,
  MATMULS,
  OPTIMISER,
  PAIRS,
  ROWS,
  workload,
} from './workload.ts';

const backend = self.name === 'swayground-webgpu' ? 'webgpu' : 'wasm';
const bytes = async (): Promise<ArrayBuffer> =>
  (await fetch(new URL(kernels, import.meta.url))).arrayBuffer();
const open = (): Promise<Device> => openDevice(backend, { wasm: bytes, gpu: navigator.gpu });

const work = workload();
let device: Device;
let made = 0;

function trainProgram(): Graph {
  return offlineProgram(
    { config: CONFIG, pairs: PAIRS, batch: PAIRS, length: LENGTH },
    checkedObjective(objective),
  );
}

const feedsOf = (step: number) => ({
  rows: batchRows(Array.from({ length: PAIRS }, (_, p) => p)),
  hyper: hyper(step),
  max_grad_norm: [OPTIMISER.max_grad_norm],
  'parameter.beta': [BETA],
});

async function steps(count: number): Promise<number[]> {
  const feeds = Array.from({ length: count }, () => feedsOf(++made));
  const outputs = await device.run('train', feeds);
  return outputs.map(({ loss }) => loss?.[0] as number);
}

async function timed<T>(run: () => Promise<T>): Promise<{ ms: number; value: T }> {
  const start = performance.now();
  const value = await run();
  return { ms: performance.now() - start, value };
}

const matmulName = ({ m, n, k }: MatmulSize): string => `matmul.${m}.${n}.${k}`;

/** One product whose first element alone is read back, so that next to nothing but the kernel is timed. */
function matmulProgram(size: MatmulSize): Graph {
  const g = createGraph();
  const a = g.state(`${matmulName(size)}.a`, float(size.m, size.k));
  const b = g.state(`${matmulName(size)}.b`, float(size.k, size.n));
  const product = g.apply('matmul', [a, b], { transA: false, transB: false });
  g.output('first', g.apply('view', [product], { offset: 0, shape: [1] }));
  return g;
}

const subject: OwnSubject = {
  open: async () => {
    const { ms } = await timed(async () => (device = await open()));
    return { ms, description: device.info.description };
  },
  first: async () => {
    const { ms, value } = await timed(async () => {
      await device.load({ train: trainProgram() });
      device.write(POLICY, work.policy);
      device.write(DATA.tokens, work.tokens);
      device.write(DATA.targets, work.targets);
      device.write(DATA.mask, new Float32Array(ROWS * LENGTH).fill(1));
      device.write(DATA.reference, work.reference);
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
      generate: generateProgram(CONFIG, POLICY, ROWS, { eos: EOS, pad: PAD }),
      ...Object.fromEntries(sizes.map((size) => [matmulName(size), matmulProgram(size)])),
    });
    for (const size of sizes) {
      const wave = (_: unknown, i: number): number => (i % 17) / 17 - 0.5;
      device.write(`${matmulName(size)}.a`, Float32Array.from({ length: size.m * size.k }, wave));
      device.write(`${matmulName(size)}.b`, Float32Array.from({ length: size.k * size.n }, wave));
    }
  },
  generate: async () => {
    const prompts = Int32Array.from({ length: ROWS * LENGTH }, (_, i) => (i % LENGTH === 0 ? EOS + 1 : PAD));
    device.write(GENERATED, prompts);
    device.write(POSITION, [0]);
    const feeds = {
      key: [1, 2],
      stream: Array.from({ length: ROWS }, (_, i) => i),
      prompt_length: new Array<number>(ROWS).fill(1),
      temperature: [1],
    };
    const { ms } = await timed(async () => {
      await device.run('generate', new Array<typeof feeds>(LENGTH - 1).fill(feeds));
      await device.read(GENERATED);
    });
    return { ms, tokens: ROWS * (LENGTH - 1) };
  },
  matmul: async (size, count) => {
    const feeds = new Array<Record<string, never>>(count).fill({});
    return (await timed(() => device.run(matmulName(size), feeds))).ms;
  },
  flops: async () => countFlops(trainProgram()),
  arenaBytes: async () => {
    const { labArenaBytes } = await import('./arena.ts');
    return labArenaBytes(await open());
  },
};
Comlink.expose(subject);
