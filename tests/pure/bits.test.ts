/** WASM gives the same bits in Node as in Chromium: both are held against one committed value. */
import { readFile } from 'node:fs/promises';
import { expect, it, vi } from 'vitest';
import type { Graph } from '../../src/engine/graph.ts';
import { openWasm } from '../../src/engine/wasm/index.ts';
import { LARGE_BATCH, openSmallRun, pinnedRuns, smallRecipe, wholeSmallRun } from '../support/small-run.ts';
import { worldNamed } from '../support/worlds.ts';

const open = () => openWasm(() => readFile('src/engine/wasm/kernels.wasm'));

// after a change of kernels or of the world: npx vitest run --project pure tests/pure/bits.test.ts -u
it('small runs in Node have the committed bits', async () => {
  const runs = `${JSON.stringify(await pinnedRuns(open), null, 1)}\n`;
  await expect(runs).toMatchFileSnapshot('../fixtures/small-run.json');
});

it('the length of the slices changes nothing', async () => {
  const [whole, sliced] = [
    await wholeSmallRun(await open()),
    await wholeSmallRun(await open(), [1, 5, 2, 4]),
  ];
  expect(JSON.stringify(sliced)).toBe(JSON.stringify(whole));
});

it('both ways of the decoder are among them: each row projected, and each word', async () => {
  const words = worldNamed('reviews').words.length;
  const rowsOfNorms = async (recipe = smallRecipe()): Promise<unknown[]> => {
    const device = await open();
    const load = vi.spyOn(device, 'load');
    await openSmallRun(device, recipe);
    const { train } = load.mock.calls[0]?.[0] as { train: Graph };
    const norms = train.tensors.filter(({ source }) => source.kind === 'op' && source.op === 'rms_norm');
    return norms.map(({ shape }) => shape[0]);
  };
  expect(await rowsOfNorms()).not.toContain(words);
  expect(await rowsOfNorms(LARGE_BATCH)).toContain(words);
});
