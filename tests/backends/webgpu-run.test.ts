/** The same small run on WebGPU and on WASM, in the browser: metrics, log-probs and samples within stated tolerances. */
import { expect, it } from 'vitest';
import { openDevice } from '../../src/engine/open.ts';
import wasmUrl from '../../src/engine/wasm/kernels.wasm?url';
import { observe } from '../../src/recipes/observe.ts';
import { openSmallRun, smallRecipe } from '../support/small-run.ts';

const surroundings = { wasm: () => fetch(wasmUrl).then((r) => r.arrayBuffer()), gpu: navigator.gpu };
/** Of a loss near 0.7 and of a sum of some twenty log-probs, after a few updates in float32 on both sides. */
const TOLERANCE = { loss: 1e-4, logp: 5e-3 };

it('follows WASM through a run', async () => {
  const recipe = smallRecipe({ loop: { steps: 4, batch: 4, evaluate_every: 4 } });
  const [wasm, webgpu] = await Promise.all(
    (['wasm', 'webgpu'] as const).map(async (backend) => {
      const run = await openSmallRun(await openDevice(backend, surroundings), recipe);
      const rows = await run.advance(4);
      const observer = await observe(run, 'phone-1');
      return { rows, observed: await observer.evaluate(), samples: await observer.samples() };
    }),
  );
  webgpu?.rows.forEach((row, i) => {
    expect(Math.abs(row.loss - (wasm?.rows[i]?.loss as number))).toBeLessThan(TOLERANCE.loss);
    expect(Math.abs(row['logps/chosen'] - (wasm?.rows[i]?.['logps/chosen'] as number))).toBeLessThan(
      TOLERANCE.logp,
    );
  });
  const [a, b] = [wasm?.observed.ranking.responses, webgpu?.observed.ranking.responses];
  expect(b?.map((r) => r.text)).toEqual(a?.map((r) => r.text));
  b?.forEach((r, i) => expect(Math.abs(r.logp - (a?.[i]?.logp as number))).toBeLessThan(TOLERANCE.logp));
  expect(webgpu?.samples.after.map((s) => s.text)).toEqual(wasm?.samples.after.map((s) => s.text));
});
