/** Ten training steps of a tiny Llama model in a real browser, against PyTorch (`tests/fixtures/golden-nano.py`). */
import { describe, expect, it } from 'vitest';
import { openDevice } from '../../src/engine/open.ts';
import wasmUrl from '../../src/engine/wasm/kernels.wasm?url';
import { GOLDEN_LOSSES, goldenMistakes } from '../support/golden.ts';

const surroundings = { wasm: () => fetch(wasmUrl).then((r) => r.arrayBuffer()), gpu: navigator.gpu };

describe.each(['wasm', 'webgpu'] as const)('%s', (backend) => {
  it.each(GOLDEN_LOSSES)('%s: logits, every gradient, ten losses and gradient norms', async (kind) => {
    const device = await openDevice(backend, surroundings);
    expect(await goldenMistakes(device, kind)).toEqual([]);
    device.dispose();
  });
});
