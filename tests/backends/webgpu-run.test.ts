/** The same small run on WebGPU and on WASM, in the browser: metrics, log-probs and samples within stated tolerances. */
import { expect, it } from 'vitest';
import { openDevice } from '../../src/engine/open.ts';
import wasmUrl from '../../src/engine/wasm/kernels.wasm?url';
import { POLICY } from '../../src/models/lm/programs.ts';
import { observe } from '../../src/runs/observe.ts';
import { openSmallRun, smallRecipe } from '../support/small-run.ts';

const surroundings = { wasm: () => fetch(wasmUrl).then((r) => r.arrayBuffer()), gpu: navigator.gpu };
const undecided = (choice: string): object => ({
  rule: 'positive',
  count: 12,
  recorded: [0, 1, 2, 3].map((index) => ({
    pair: { kind: 'stock', seed: 0, index, split: 'train' },
    choice,
    source: 'human',
  })),
});

/** Of a loss near 0.7 and of a sum of some twenty log-probs, after a few updates in float32 on both sides. */
const TOLERANCE = { loss: 1e-4, logp: 5e-3 };

const loop = { steps: 4, batch: 4, evaluate_every: 4 };
const moving = { ...loop, sync_ref_model: true, ref_model_mixup_alpha: 0.6, ref_model_sync_steps: 2 };
/** A reference that moves, responses to other prompts, a running mean, ties in both orders and rejected ones alone. */
const runs: [what: string, changes: object][] = [
  ['dpo', { loop }],
  ['dpo, with more rows than words', { loop: { ...loop, batch: 16 } }],
  ['kto and a reference that moves', { loop: moving, objective: { name: 'kto' } }],
  ['bco', { loop, objective: { name: 'bco' }, labels: undecided('both_bad') }],
  ['ties', { loop, objective: { name: 'cdpo' }, labels: undecided('tie') }],
];

it.each(runs)('follows WASM through a run: %s', async (_what, changes) => {
  const recipe = smallRecipe(changes);
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
    for (const key of ['logps/chosen', 'logps/rejected'] as const) {
      const [got, want] = [row[key], wasm?.rows[i]?.[key] as number];
      // neither has any where the batch has none
      if (!Number.isNaN(want)) expect(Math.abs(got - want), key).toBeLessThan(TOLERANCE.logp);
      else expect(got).toBeNaN();
    }
  });
  const [a, b] = [wasm?.observed.ranking.responses, webgpu?.observed.ranking.responses];
  expect(b?.map((r) => r.text)).toEqual(a?.map((r) => r.text));
  b?.forEach((r, i) => expect(Math.abs(r.logp - (a?.[i]?.logp as number))).toBeLessThan(TOLERANCE.logp));
  expect(webgpu?.samples.after.map((s) => s.text)).toEqual(wasm?.samples.after.map((s) => s.text));
});

it('is prepared while WASM trains, takes the run over bit by bit, and follows WASM from there', async () => {
  const recipe = smallRecipe({ loop: { steps: 6, batch: 4, evaluate_every: 6 } });
  const alone = await openSmallRun(await openDevice('wasm', surroundings), recipe);
  const expected = await alone.advance(6);
  const run = await openSmallRun(await openDevice('wasm', surroundings), recipe);
  const webgpu = await openDevice('webgpu', surroundings);
  const prepared = run.prepare(webgpu);
  const before = [...(await run.advance(1)), ...(await run.advance(2))];
  await prepared;
  const parameters = await run.device.read(POLICY);
  await run.moveTo(webgpu, 'here');
  expect(run.device).toBe(webgpu);
  expect(run.step).toBe(3);
  expect(await run.device.read(POLICY)).toEqual(parameters);
  const after = await run.advance(3);
  expect(before).toEqual(expected.slice(0, 3)); // not a bit of what WASM computes depends on it
  after.forEach((row, i) => {
    expect(row.step).toBe(4 + i);
    expect(Math.abs(row.loss - (expected[3 + i]?.loss as number))).toBeLessThan(TOLERANCE.loss);
  });
  webgpu.dispose();
});
