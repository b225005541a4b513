/** Every op on WASM in Node against the float64 reference. */
import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { ops } from '../../src/engine/ops.ts';
import { openReference } from '../../src/engine/reference/index.ts';
import type { OpName } from '../../src/engine/types.ts';
import { openWasm } from '../../src/engine/wasm/index.ts';
import { casesOf, runCase, worstError } from '../support/check-op.ts';
import { TOLERANCE } from '../support/tolerance.ts';

it.each(Object.keys(ops) as OpName[])('%s agrees with the reference', async (op) => {
  const device = await openWasm(() => readFile('src/engine/wasm/kernels.wasm'));
  for (const run of casesOf(op)) {
    const { error, at } = worstError(
      await runCase(device, run),
      await runCase(openReference(), run),
      TOLERANCE.wasm,
    );
    expect(error, `${run.label} ${at}`).toBeLessThanOrEqual(1);
  }
});
