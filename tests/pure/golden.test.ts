/** Ten training steps of a tiny Llama model against PyTorch in float64 (`tests/fixtures/golden-nano.py`). */
import { describe, expect, it } from 'vitest';
import { openReference } from '../../src/engine/reference/index.ts';
import { GOLDEN_LOSSES, goldenErrors, goldenExpected, goldenRun } from '../support/golden.ts';

describe.each(GOLDEN_LOSSES)('%s', (kind) => {
  it('is the same on the reference: logits, every gradient, ten losses and gradient norms', async () => {
    const errors = goldenErrors(await goldenRun(openReference(), kind), goldenExpected(kind));
    for (const [name, error] of Object.entries(errors)) expect(error, name).toBeLessThan(1e-8);
  });
});
