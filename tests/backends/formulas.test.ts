/** Random formulas in a real browser: WASM and WebGPU against the float64 reference, loss and slopes. */
import { describe, expect, it } from 'vitest';
import type { Outputs } from '../../src/engine/backend.ts';
import { openDevice } from '../../src/engine/open.ts';
import wasmUrl from '../../src/engine/wasm/kernels.wasm?url';
import { FORMULA_TOLERANCE, randomBatch, worstOfBatch } from '../support/formula-batch.ts';
import { numbersFor } from '../support/formula-graph.ts';
import { RANDOM_PARAMETERS } from '../support/random-formula.ts';

const surroundings = { wasm: () => fetch(wasmUrl).then((r) => r.arrayBuffer()), gpu: navigator.gpu };

describe.each(['pairs', 'groups'] as const)('100 formulas over %s', (setting) => {
  const numbers = numbersFor({ setting, parameters: RANDOM_PARAMETERS }, 11);
  const { graph, texts } = randomBatch(setting, 100, 12);

  it.each(['wasm', 'webgpu'] as const)('%s agrees with the reference', async (backend) => {
    const [got, want] = await Promise.all(
      [backend, 'reference' as const].map(async (name) => {
        const device = await openDevice(name, surroundings);
        await device.load({ main: graph });
        const [outputs] = await device.run('main', [numbers]);
        device.dispose();
        return outputs as Outputs;
      }),
    );
    const { error, at } = worstOfBatch(texts, [got as Outputs, want as Outputs], FORMULA_TOLERANCE[backend]);
    expect(error, at).toBeLessThanOrEqual(1);
  });
});
