/** The measured programs on a device: a DPO step and generation of the micro model, and single products. */
import type { Device, Feeds, Outputs } from '../engine/backend.ts';
import type { Graph } from '../engine/graph.ts';
import { createGraph, float } from '../engine/graph.ts';
import { batchRows, DATA, offlineProgram } from '../training/offline.ts';
import { GENERATED, generateProgram, POLICY, POSITION } from '../models/lm/programs.ts';
import { checkedObjective } from '../objectives/check.ts';
import { objective } from '../objectives/sigmoid.ts';
import { EOS, PAD } from '../worlds/world.ts';
import type { MatmulSize, Workload } from './device-workload.ts';
import { BETA, CONFIG, LENGTH, PAIRS, ROWS } from './device-workload.ts';

export function trainProgram(): Graph {
  return offlineProgram(
    { config: CONFIG, pairs: PAIRS, batch: PAIRS, length: LENGTH },
    checkedObjective(objective),
  );
}

export const generationProgram = (): Graph => generateProgram(CONFIG, POLICY, ROWS, { eos: EOS, pad: PAD });

/** Parameters and data of the training step; its program must be loaded. */
export function writeWorkload(device: Device, work: Workload): void {
  device.write(POLICY, work.policy);
  device.write(DATA.tokens, work.tokens);
  device.write(DATA.targets, work.targets);
  device.write(DATA.mask, new Float32Array(ROWS * LENGTH).fill(1));
  device.write(DATA.reference, work.reference);
}

/** `optimiser`: the feeds of its update. */
export const stepFeeds = (optimiser: Feeds): Feeds => ({
  rows: batchRows(Array.from({ length: PAIRS }, (_, p) => p)),
  ...optimiser,
  'parameter.beta': [BETA],
});

/** Fills ROWS rows from their first word up to the whole context with the KV cache; resolves when they are read back. */
export async function generate(device: Device, program: string): Promise<void> {
  const prompts = Int32Array.from({ length: ROWS * LENGTH }, (_, i) => (i % LENGTH === 0 ? EOS + 1 : PAD));
  device.write(GENERATED, prompts);
  device.write(POSITION, [0]);
  const feeds = {
    key: [1, 2],
    stream: Array.from({ length: ROWS }, (_, i) => i),
    prompt_length: new Array<number>(ROWS).fill(1),
    temperature: [1],
  };
  await device.run(program, new Array<typeof feeds>(LENGTH - 1).fill(feeds));
  await device.read(GENERATED);
}

const matmulName = ({ m, n, k }: MatmulSize): string => `matmul.${m}.${n}.${k}`;

/** One program a size. Of a product only the first element is read back, so that next to nothing but the kernel is timed. */
export function matmulPrograms(sizes: readonly MatmulSize[]): Record<string, Graph> {
  return Object.fromEntries(sizes.map((size) => [matmulName(size), matmulProgram(size)]));
}

function matmulProgram(size: MatmulSize): Graph {
  const g = createGraph();
  const a = g.state(`${matmulName(size)}.a`, float(size.m, size.k));
  const b = g.state(`${matmulName(size)}.b`, float(size.k, size.n));
  const product = g.apply('matmul', [a, b], { transA: false, transB: false });
  g.output('first', g.apply('view', [product], { offset: 0, shape: [1] }));
  return g;
}

export function writeMatmul(device: Device, size: MatmulSize): void {
  const wave = (_: unknown, i: number): number => (i % 17) / 17 - 0.5;
  device.write(`${matmulName(size)}.a`, Float32Array.from({ length: size.m * size.k }, wave));
  device.write(`${matmulName(size)}.b`, Float32Array.from({ length: size.k * size.n }, wave));
}

export function runMatmul(device: Device, size: MatmulSize, count: number): Promise<Outputs[]> {
  return device.run(matmulName(size), new Array<Record<string, never>>(count).fill({}));
}
