/** Reward models in the browser: on WASM the committed bits of Node, on WebGPU the same within stated tolerances. */
import { expect, it } from 'vitest';
import { openDevice } from '../../src/engine/open.ts';
import { openWasm } from '../../src/engine/wasm/index.ts';
import wasmUrl from '../../src/engine/wasm/kernels.wasm?url';
import expected from '../fixtures/small-reward.json' with { type: 'json' };
import { openSmallReward, smallRewardRecipe, wholeSmallReward } from '../support/small-reward.ts';

const wasm = () => fetch(wasmUrl).then((r) => r.arrayBuffer());

it('the small reward model has the committed bits', async () => {
  const run = JSON.parse(JSON.stringify(await wholeSmallReward(await openWasm(wasm)))) as object;
  expect(run).toEqual(expected);
});

it.each(['bradley_terry', 'bradley_terry_margin'])('on WebGPU it follows WASM: %s', async (name) => {
  const recipe = smallRewardRecipe({ objective: { name } });
  const [a, b] = await Promise.all(
    (['wasm', 'webgpu'] as const).map(async (backend) => {
      const run = await openSmallReward(await openDevice(backend, { wasm, gpu: navigator.gpu }), recipe);
      const rows = await run.advance(4);
      const { prompt, a: one, b: other } = run.world.pair(9, 0);
      const sequences = [one, other].map((response) => ({ prompt: prompt.tokens, response }));
      return { rows, rewards: await run.rewards(sequences) };
    }),
  );
  b?.rows.forEach((row, i) => {
    expect(Math.abs(row.loss - (a?.rows[i]?.loss as number))).toBeLessThan(1e-4);
    expect(Math.abs(row.margin - (a?.rows[i]?.margin as number))).toBeLessThan(1e-3);
  });
  b?.rewards.forEach((reward, i) => expect(Math.abs(reward - (a?.rewards[i] as number))).toBeLessThan(1e-3));
});
