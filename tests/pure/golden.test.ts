/**
 * Against numbers made elsewhere: ten training steps of a tiny Llama model by PyTorch in float64
 * (`tests/fixtures/golden-nano.py`), and losses of pairs by TRL.
 */
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { differentiate } from '../../src/engine/differentiate.ts';
import { createGraph, float } from '../../src/engine/graph.ts';
import { sumAll } from '../../src/engine/op-row.ts';
import { openReference } from '../../src/engine/reference/index.ts';
import type { Tensor } from '../../src/engine/types.ts';
import { openWasm } from '../../src/engine/wasm/index.ts';
import { checkFormula, PAIR_QUANTITIES } from '../../src/formulas/check.ts';
import { lower } from '../../src/formulas/lower.ts';
import { objective } from '../../src/objectives/sigmoid.ts';
import trl from '../fixtures/trl-sigmoid.json' with { type: 'json' };
import { GOLDEN_LOSSES, goldenMistakes } from '../support/golden.ts';

describe.each(GOLDEN_LOSSES)('%s: logits, every gradient, ten losses and gradient norms', (kind) => {
  it('agree on the reference', async () => {
    expect(await goldenMistakes(openReference(), kind)).toEqual([]);
  });

  it('agree on WASM', async () => {
    const device = await openWasm(() => readFile('src/engine/wasm/kernels.wasm'));
    expect(await goldenMistakes(device, kind)).toEqual([]);
  });
});

type TrlRow = (typeof trl.sigmoid)[number];

/** The sigmoid objective on TRL's per-token log-probs: its mean, its values, its gradient, on the reference. */
async function sigmoidOf(row: TrlRow, labelSmoothing: number): Promise<Record<string, number[]>> {
  const { pairs, tokens } = row;
  const g = createGraph();
  const feed = (name: string): Tensor => g.feed(name, float(2 * pairs, tokens));
  const [logps, reference, mask] = [feed('logps'), feed('ref_logps'), feed('mask')];
  const half = (x: Tensor, offset: number): Tensor => {
    const sums = g.apply('sum_last', [g.apply('mul', [x, mask])]);
    return g.apply('view', [sums], { offset, shape: [pairs] });
  };
  const given = new Map([
    ['logp_w', half(logps, 0)],
    ['logp_l', half(logps, pairs)],
    ['ref_w', half(reference, 0)],
    ['ref_l', half(reference, pairs)],
    ['beta', g.scalar(row.beta)],
    ['label_smoothing', g.scalar(labelSmoothing)],
  ]);
  const parameters = Object.keys(objective.parameters);
  const formula = checkFormula(objective.formula, { perPair: PAIR_QUANTITIES, parameters });
  if (!formula.ok) throw new Error(JSON.stringify(formula.issues));
  const perPair = lower(g, formula.value, given).get('loss') as Tensor;
  const loss = g.apply('affine', [sumAll(g, perPair)], { scale: 1 / pairs, shift: 0 });
  g.output('loss', loss);
  g.output('per_pair', perPair);
  g.output('grad_logps', differentiate(g, loss, [logps])[0] as Tensor);
  const device = openReference();
  await device.load({ g });
  const feeds = { logps: row.logps.flat(), mask: row.mask.flat(), ref_logps: row.ref_logps.flat() };
  const [outputs] = await device.run('g', [feeds]);
  return Object.fromEntries(Object.entries(outputs ?? {}).map(([name, values]) => [name, [...values]]));
}

function expectClose(got: readonly number[] | undefined, want: readonly number[]): void {
  expect(got?.length).toBe(want.length);
  want.forEach((x, i) => expect(Math.abs((got?.[i] ?? NaN) - x), `element ${i}`).toBeLessThan(1e-9));
}

describe.each(trl.sigmoid)('the sigmoid objective at beta $beta', (row) => {
  it("has TRL's loss, losses of pairs and gradient", async () => {
    const { loss, per_pair, grad_logps } = await sigmoidOf(row, 0);
    expectClose(loss, [row.loss]);
    expectClose(per_pair, row.per_pair);
    expectClose(grad_logps, row.grad_logps.flat());
  });

  // TRL's `sigmoid` knows no label smoothing (at f2cd5771 it belongs to `robust` and `exo_pair`), so the check is by hand:
  // softplus(margin) = softplus(-margin) + margin
  it('with label smoothing e adds e * margin', async () => {
    const sums = row.logps.map((values, i) =>
      values.reduce((sum, x, t) => sum + row.mask[i]![t]! * (x - row.ref_logps[i]![t]!), 0),
    );
    const { per_pair } = await sigmoidOf(row, 0.1);
    const margins = row.per_pair.map((_, p) => row.beta * (sums[p]! - sums[p + row.pairs]!));
    expectClose(
      per_pair,
      row.per_pair.map((x, p) => x + 0.1 * margins[p]!),
    );
  });
});
