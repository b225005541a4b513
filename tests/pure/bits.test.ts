/** WASM gives the same bits in Node as in Chromium: both are held against one committed value. */
import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { openWasm } from '../../src/engine/wasm/index.ts';
import { wholeSmallRun } from '../support/small-run.ts';

const open = () => openWasm(() => readFile('src/engine/wasm/kernels.wasm'));

// after a change of kernels or of the world: npx vitest run --project pure tests/pure/bits.test.ts -u
it('a small run in Node has the committed bits', async () => {
  const run = `${JSON.stringify(await wholeSmallRun(await open()), null, 1)}\n`;
  await expect(run).toMatchFileSnapshot('../fixtures/small-run.json');
});

it('the length of the slices changes nothing', async () => {
  const [whole, sliced] = [
    await wholeSmallRun(await open()),
    await wholeSmallRun(await open(), [1, 5, 2, 4]),
  ];
  expect(JSON.stringify(sliced)).toBe(JSON.stringify(whole));
});
