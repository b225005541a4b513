/** WASM gives the same bits in Chromium as in Node: both are held against one committed value. */
import { expect, it } from 'vitest';
import { openWasm } from '../../src/engine/wasm/index.ts';
import wasmUrl from '../../src/engine/wasm/kernels.wasm?url';
import expected from '../fixtures/small-run.json' with { type: 'json' };
import { pinnedRuns } from '../support/small-run.ts';

const open = () => openWasm(() => fetch(wasmUrl).then((r) => r.arrayBuffer()));

it('small runs in the browser have the committed bits', async () => {
  const runs = JSON.parse(JSON.stringify(await pinnedRuns(open))) as object;
  expect(runs).toEqual(expected);
});
