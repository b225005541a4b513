/** Every op in a real browser: WASM and WebGPU against the float64 reference. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { Device } from '../../src/engine/backend.ts';
import { openDevice } from '../../src/engine/open.ts';
import { ops } from '../../src/engine/ops.ts';
import type { OpName } from '../../src/engine/types.ts';
import wasmUrl from '../../src/engine/wasm/kernels.wasm?url';
import { casesOf, runCase, worstError } from '../support/check-op.ts';
import { TOLERANCE } from '../support/tolerance.ts';

const names = Object.keys(ops) as OpName[];
const surroundings = { wasm: () => fetch(wasmUrl).then((r) => r.arrayBuffer()), gpu: navigator.gpu };

describe.each(['wasm', 'webgpu'] as const)('%s', (backend) => {
  let device: Device;
  let reference: Device;
  beforeAll(async () => {
    device = await openDevice(backend, surroundings);
    reference = await openDevice('reference', surroundings);
  });

  it.each(names)('%s agrees with the reference', async (op) => {
    for (const run of casesOf(op)) {
      const { error, at } = worstError(
        await runCase(device, run),
        await runCase(reference, run),
        TOLERANCE[backend],
      );
      expect(error, `${run.label} ${at}`).toBeLessThanOrEqual(1);
    }
  });
});
