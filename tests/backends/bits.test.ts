/** WASM gives the same bits in Chromium as in Node: both are held against one committed value. */
import { expect, it } from 'vitest';
import { openWasm } from '../../src/engine/wasm/index.ts';
import wasmUrl from '../../src/engine/wasm/kernels.wasm?url';
import expected from '../fixtures/small-run.json' with { type: 'json' };
import { wholeSmallRun } from '../support/small-run.ts';

it('a small run in the browser has the committed bits', async () => {
  const device = await openWasm(() => fetch(wasmUrl).then((r) => r.arrayBuffer()));
  const run = JSON.parse(JSON.stringify(await wholeSmallRun(device))) as object;
  expect(run).toEqual(expected);
});
