/** What Node offers a run: kernels and checkpoints from disk, Dawn's WebGPU where the package `webgpu` is installed. */
import { readFile } from 'node:fs/promises';
import type { BackendName, Device } from '../engine/backend.ts';
import { KERNELS, openDevice } from '../engine/open.ts';
import { CHECKPOINT_FILES, readCheckpoint } from '../models/checkpoint/index.ts';
import type { LmConfig } from '../models/lm/config.ts';

export function checkpointFolder(world: string, size: string): string {
  return `public/models/${world}-${size}`;
}

export async function openInNode(backend: BackendName): Promise<Device> {
  const gpu = backend === 'webgpu' ? await dawn() : undefined;
  return openDevice(backend, { wasm: () => readFile(KERNELS), gpu });
}

async function dawn(): Promise<GPU> {
  const { create, globals } = await import('webgpu');
  Object.assign(globalThis, globals);
  return create([]);
}

/** The flat parameters of a base checkpoint in public/models. */
export async function loadBase(
  world: string,
  size: string,
): Promise<{ config: LmConfig; parameters: Float32Array }> {
  const folder = checkpointFolder(world, size);
  const files = await Promise.all(
    CHECKPOINT_FILES.map(
      async (name) => [name, new Uint8Array(await readFile(`${folder}/${name}`))] as const,
    ),
  );
  return readCheckpoint(Object.fromEntries(files));
}
