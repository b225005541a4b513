/** The reference that follows the policy (TR-DPO): what it becomes, what is measured by it, and that runs keep it. */
import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { openReference } from '../../src/engine/reference/index.ts';
import { openWasm } from '../../src/engine/wasm/index.ts';
import { POLICY, REFERENCE } from '../../src/models/lm/programs.ts';
import { changeLabels, changeLoop, changeObjective } from '../../src/recipes/change.ts';
import { observe } from '../../src/runs/observe.ts';
import type { Run } from '../../src/runs/runner.ts';
import { sureOf } from '../../src/recipes/check.ts';
import type { Recipe } from '../../src/recipes/schema.ts';
import { recipeOf } from '../support/worlds.ts';
import { openSmallRun, parametersDigest, smallRecipe } from '../support/small-run.ts';

const open = () => openWasm(() => readFile('src/engine/wasm/kernels.wasm'));
const moving = (alpha: number, every: number, steps = 12): Recipe =>
  smallRecipe({
    loop: {
      ...{ steps, batch: 4, evaluate_every: 4 },
      ...{ sync_ref_model: true, ref_model_mixup_alpha: alpha, ref_model_sync_steps: every },
    },
  });
const all = async (run: Run, state: string): Promise<number[]> => [...(await run.device.read(state))];
const ending = async (run: Run): Promise<string[]> => [
  await parametersDigest(run),
  (await all(run, REFERENCE)).join(),
];

it('takes its share of the policy after every so many steps, as in TRL', async () => {
  const run = await openSmallRun(await open(), moving(0.6, 3));
  const before = await all(run, REFERENCE);
  await run.advance(2);
  expect(await all(run, REFERENCE)).toEqual(before);
  await run.advance(1);
  const policy = await all(run, POLICY);
  const once = await all(run, REFERENCE);
  const [taken, kept] = [Math.fround(0.6), Math.fround(0.4)];
  const mixed = before.map((x, i) =>
    Math.fround(Math.fround(kept * x) + Math.fround(taken * (policy[i] as number))),
  );
  expect(once).toEqual(mixed);
  await run.advance(3);
  const [later, twice] = [await all(run, POLICY), await all(run, REFERENCE)];
  const apart = twice.map((x, i) => Math.abs(x - 0.6 * (later[i] as number) - 0.4 * (once[i] as number)));
  expect(Math.max(...apart)).toBeLessThan(1e-6);
});

it('losses and rewards are measured by the moved reference at once', async () => {
  const run = await openSmallRun(await open(), moving(1, 4));
  const rows = await run.advance(6);
  expect(rows[3]?.['rewards/margins']).toBeGreaterThan(1e-4);
  // the policy took its place: no log-ratio is left
  expect(rows[4]?.loss).toBeCloseTo(Math.log(2), 6);
  expect(rows[4]?.['rewards/margins']).toBeCloseTo(0, 6);
  expect(rows[5]?.['rewards/margins']).not.toBe(0);
});

it('pictures and KL compare with the model before training, rewards with the moved reference', async () => {
  const run = await openSmallRun(await open(), moving(1, 4));
  const observer = await observe(run, 'phone-1');
  const first = await observer.evaluate();
  await run.advance(4);
  const { evaluation, ranking } = await observer.evaluate();
  expect(evaluation.kl).toBeGreaterThan(1e-7);
  expect(ranking.responses.map((r) => r.refLogp)).toEqual(first.ranking.responses.map((r) => r.refLogp));
  ranking.responses.forEach((r) => expect(r.reward).toBeCloseTo(0, 6));
  expect(evaluation.accuracies['positive']).toBe(0.5);
  const { before } = await observer.samples();
  expect(before).toEqual((await observe(await openSmallRun(await open()), 'phone-1').then((o) => o.samples())).before); // prettier-ignore
  await observer.follow('movie-1');
  const other = await observe(await openSmallRun(await open()), 'movie-1');
  const there = (await observer.evaluate()).ranking.responses.map((r) => r.text);
  expect(there).toEqual((await other.evaluate()).ranking.responses.map((r) => r.text));
});

it('ends with the same bits however the steps are sliced', async () => {
  const [whole, sliced] = [await openSmallRun(await open(), moving(0.6, 3)), await openSmallRun(await open(), moving(0.6, 3))]; // prettier-ignore
  const rows = await whole.advance(12);
  const others = [];
  for (const count of [1, 2, 5, 4]) others.push(...(await sliced.advance(count)));
  expect(others).toEqual(rows);
  expect(await ending(sliced)).toEqual(await ending(whole));
});

it('goes on from a snapshot, and after a reset, with the same bits', async () => {
  const whole = await openSmallRun(await open(), moving(0.6, 3));
  await whole.advance(12);
  const first = await openSmallRun(await open(), moving(0.6, 3));
  await first.advance(7);
  const snapshot = await first.snapshot();
  await first.advance(4);
  const second = await openSmallRun(await open(), moving(0.6, 3));
  await second.restore(snapshot);
  await second.advance(5);
  expect(await ending(second)).toEqual(await ending(whole));
  await second.reset();
  await second.advance(12);
  expect(await ending(second)).toEqual(await ending(whole));
});

it('moves to another device with its reference', async () => {
  const whole = await openSmallRun(await open(), moving(0.6, 8, 30));
  await whole.advance(30);
  const moved = await openSmallRun(await open(), moving(0.6, 8, 30));
  await moved.advance(20);
  await moved.advance(5); // past a sync that the mirror has not
  await moved.moveTo(await open(), 'mirror');
  expect(moved.step).toBe(20);
  await moved.advance(10);
  expect(await ending(moved)).toEqual(await ending(whole));
});

it('goes where it was prepared to go, though the reference moved meanwhile', async () => {
  const whole = await openSmallRun(await open(), moving(0.6, 3));
  await whole.advance(12);
  const run = await openSmallRun(await open());
  const next = await open();
  await run.prepare(next);
  await run.setRecipe(recipeOf(moving(0.6, 3)));
  await run.advance(7);
  await run.moveTo(next, 'here');
  expect(run.step).toBe(7);
  await run.advance(5);
  expect(await ending(run)).toEqual(await ending(whole));
});

it('stays through another objective and other labels', async () => {
  const run = await openSmallRun(await open(), moving(1, 2));
  await run.advance(2);
  const reference = await all(run, REFERENCE);
  const kto = changeObjective(run.checked, { name: 'kto' });
  await run.setRecipe(sureOf(kto));
  expect(await all(run, REFERENCE)).toEqual(reference);
  // no log-ratio is left: both halves are 1/2, and so is the zero point's part
  expect((await run.advance(1))[0]?.loss).toBeCloseTo(0.5, 6);
  const labels = { recorded: [], count: 40, noise: 0.1, rule: 'short' };
  await run.setRecipe(sureOf(changeLabels(run.checked, labels)));
  expect(await all(run, REFERENCE)).toEqual(reference);
  await run.advance(1);
  expect(await all(run, REFERENCE)).toEqual(await all(run, POLICY));
});

it('may be turned on and off on the way', async () => {
  const run = await openSmallRun(await open());
  const start = await all(run, REFERENCE);
  await run.advance(3);
  const { loop } = run.recipe;
  const on = { sync_ref_model: true, ref_model_sync_steps: 5, ref_model_mixup_alpha: 1 };
  await run.setRecipe(sureOf(changeLoop(run.checked, { ...loop, ...on })));
  await run.advance(2);
  const moved = await all(run, REFERENCE);
  expect(moved).toEqual(await all(run, POLICY));
  await run.setRecipe(sureOf(changeLoop(run.checked, loop)));
  await run.advance(5);
  expect(await all(run, REFERENCE)).toEqual(moved);
  await run.reset();
  expect(await all(run, REFERENCE)).toEqual(start);
  const [row] = await run.advance(1);
  expect(row?.loss).toBeCloseTo(Math.log(2), 5);
});

it('WASM follows the float64 reference', async () => {
  const { loop } = moving(0.6, 1, 3);
  const recipe = smallRecipe({ loop: { ...loop, batch: 2 }, labels: { rule: 'positive', count: 3 } });
  const wasm = await openSmallRun(await open(), recipe);
  const exact = await openSmallRun(openReference(), recipe);
  const [a, b] = [await wasm.advance(3), await exact.advance(3)];
  a.forEach((row, i) => expect(row.loss).toBeCloseTo(b[i]?.loss as number, 4));
});
