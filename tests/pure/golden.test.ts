/** Against numbers made elsewhere: ten training steps of a tiny Llama model by PyTorch (`tests/fixtures/golden-nano.py`). */
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { openReference } from '../../src/engine/reference/index.ts';
import { openWasm } from '../../src/engine/wasm/index.ts';
import { GOLDEN_LOSSES, goldenMistakes } from '../support/golden.ts';

describe.each(GOLDEN_LOSSES)('%s: logits, every gradient, ten losses and gradient norms', (kind) => {
  it('agree on the reference', async () => {
    expect(await goldenMistakes(openReference(), kind)).toEqual([]);
  });

  it('agree on WASM', async () => {
    const device = await openWasm(() => readFile('src/engine/wasm/kernels.wasm'));
    expect(await goldenMistakes(device, kind)).toEqual([]);
  });
});
