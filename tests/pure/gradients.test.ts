/** Every op's derivative row against central differences, both in float64 on the reference. */
import { expect, it } from 'vitest';
import { ops } from '../../src/engine/ops.ts';
import type { OpName } from '../../src/engine/types.ts';
import { casesOf, gradientError } from '../support/check-op.ts';

it.each(Object.keys(ops) as OpName[])('%s has the gradient of central differences', async (op) => {
  for (const run of casesOf(op)) {
    const { error, at } = await gradientError(run);
    expect(error, at).toBeLessThan(1e-6);
  }
});
