/** TRL's losses and gradients in a real browser, on WASM and WebGPU. */
import { describe, expect, it } from 'vitest';
import { openDevice } from '../../src/engine/open.ts';
import wasmUrl from '../../src/engine/wasm/kernels.wasm?url';
import { LOSS_FILES, lossMistakes } from '../support/loss-mistakes.ts';

const surroundings = { wasm: () => fetch(wasmUrl).then((r) => r.arrayBuffer()), gpu: navigator.gpu };

describe.each(['wasm', 'webgpu'] as const)('%s', (backend) => {
  it.each(Object.entries(LOSS_FILES))('every case of %s is within 1e-5', async (_name, file) => {
    const device = await openDevice(backend, surroundings);
    expect(await lossMistakes(device, file)).toEqual([]);
    device.dispose();
  });
});
