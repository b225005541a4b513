/** The runner: learning, mirrors, recovery, and mistakes that stop it. On WASM and the reference, in Node. */
import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { NotFiniteError, StateError } from '../../src/base/errors.ts';
import { openReference } from '../../src/engine/reference/index.ts';
import { openWasm } from '../../src/engine/wasm/index.ts';
import { batchPairs } from '../../src/training/offline.ts';
import { POLICY } from '../../src/models/lm/programs.ts';
import { changeLabels, changeNumber, changeObjective } from '../../src/recipes/change.ts';
import { observe } from '../../src/runs/observe.ts';
import type { CheckedRecipe } from '../../src/recipes/check.ts';
import { sureOf } from '../../src/recipes/check.ts';
import { openSmallRun, parametersDigest, smallRecipe } from '../support/small-run.ts';

const open = () => openWasm(() => readFile('src/engine/wasm/kernels.wasm'));
const changed = (recipe: CheckedRecipe, path: string, value: number): CheckedRecipe =>
  sureOf(changeNumber(recipe, path, value));

it('starts at log 2, and the margin grows', async () => {
  const run = await openSmallRun(await open());
  const rows = await run.advance(12);
  expect(rows[0]?.loss).toBeCloseTo(Math.log(2), 5);
  expect(rows[0]?.['rewards/margins']).toBeCloseTo(0, 5);
  expect(rows[11]?.['rewards/margins']).toBeGreaterThan(0);
  expect(rows.map((row) => row.step)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
});

it('WASM follows the float64 reference', async () => {
  const recipe = smallRecipe({
    loop: { steps: 3, batch: 2, evaluate_every: 3 },
    labels: { rule: 'positive', count: 3 },
  });
  const [wasm, reference] = [
    await openSmallRun(await open(), recipe),
    await openSmallRun(openReference(), recipe),
  ];
  const [a, b] = [await wasm.advance(3), await reference.advance(3)];
  a.forEach((row, i) => {
    expect(row.loss).toBeCloseTo(b[i]?.loss as number, 4);
    expect(row['logps/chosen']).toBeCloseTo(b[i]?.['logps/chosen'] as number, 2);
  });
});

it('goes on from a snapshot with the same bits', async () => {
  const whole = await openSmallRun(await open());
  await whole.advance(12);
  const first = await openSmallRun(await open());
  await first.advance(5);
  const snapshot = await first.snapshot();
  const second = await openSmallRun(await open());
  await second.restore(snapshot);
  await second.advance(7);
  expect(await parametersDigest(second)).toBe(await parametersDigest(whole));
});

it('moves to another device at its mirror and ends with the same bits', async () => {
  const recipe = smallRecipe({ loop: { steps: 30, batch: 4, evaluate_every: 10 } });
  const whole = await openSmallRun(await open(), recipe);
  await whole.advance(30);
  const moved = await openSmallRun(await open(), recipe);
  await moved.advance(20);
  await moved.advance(5);
  expect(moved.mirror.step).toBe(20);
  await moved.moveTo(await open(), 'mirror');
  expect(moved.step).toBe(20);
  await moved.advance(10);
  expect(await parametersDigest(moved)).toBe(await parametersDigest(whole));
});

it('a loss that is not finite names the step and the cause, and keeps the last good parameters', async () => {
  const run = await openSmallRun(
    await open(),
    smallRecipe({ optimiser: { lr: 0.1, max_grad_norm: 1000, warmup_steps: 0 } }),
  );
  await run.setRecipe(changed(run.checked, 'objective.parameters.beta', 5));
  const broken = new Float32Array((await run.device.read(POLICY)).length).fill(NaN);
  run.device.write(POLICY, broken);
  const error = await run.advance(2).catch((e: unknown) => e);
  expect(error).toBeInstanceOf(NotFiniteError);
  expect((error as NotFiniteError).message).toMatch(
    /the loss is not a finite number at step 1\. Likely cause: a learning rate of 0.1 is too large/,
  );
  expect((await run.device.read(POLICY)).every(Number.isFinite)).toBe(true);
  expect(run.step).toBe(0);
});

it('a formula that stops being finite is named as the cause, and everything before it stays', async () => {
  const run = await openSmallRun(await open());
  await run.advance(3);
  const before = await parametersDigest(run);
  const reword = async (formula: string): Promise<void> => {
    const next = changeObjective(run.checked, { name: 'sigmoid', formula });
    if (!next.ok) throw new Error(JSON.stringify(next.issues));
    await run.setRecipe(next.value);
  };
  const failures: [formula: string, said: RegExp][] = [
    ['loss = log(0 * logp_w) + beta', /the loss is not .* step 4\. .*no finite value on this batch/],
    [
      'loss = sqrt(-1 - square(logp_w)) + beta',
      /the loss is not .* step 4\. .*no finite value on this batch/,
    ],
    [
      'loss = exp(-beta * 1000 * logp_w)',
      /the loss is not .* step 4\. .*an exponential too large\. Change the/,
    ],
    [
      'loss = beta * sqrt(logp_w - logp_w)',
      /the gradient is not .* step 4\. .*no finite slope on this batch/,
    ],
  ];
  for (const [formula, said] of failures) {
    await reword(formula);
    const error = await run.advance(2).catch((e: unknown) => e);
    expect(error, formula).toBeInstanceOf(NotFiniteError);
    expect((error as NotFiniteError).message).toMatch(said);
    expect(run.step).toBe(3);
    expect(await parametersDigest(run)).toBe(before);
  }
  await reword('loss = -log_sigmoid(beta * ((logp_w - ref_w) - (logp_l - ref_l)))');
  const undisturbed = await openSmallRun(await open());
  await undisturbed.advance(5);
  await run.advance(2);
  expect(await parametersDigest(run)).toBe(await parametersDigest(undisturbed));
});

it('reset gives the first step again', async () => {
  const run = await openSmallRun(await open());
  const [before] = await run.advance(3);
  await run.reset();
  const [after] = await run.advance(3);
  expect(after).toEqual(before);
});

it('a changed number counts from the next step on', async () => {
  const run = await openSmallRun(await open());
  await run.advance(2);
  await run.setRecipe(changed(run.checked, 'optimiser.lr', 2e-3));
  const [row] = await run.advance(4);
  expect(row?.learning_rate).toBeCloseTo((2e-3 * 3) / 5, 12);
});

it('new labels leave the policy as it is', async () => {
  const run = await openSmallRun(await open());
  await run.advance(2);
  const before = await parametersDigest(run);
  const next = changeLabels(run.checked, { recorded: [], count: 60, noise: 0.1, rule: 'short' });
  if (!next.ok) throw new Error('the change is fine');
  await run.setRecipe(next.value);
  expect(await parametersDigest(run)).toBe(before);
  expect(run.pairs).toBeGreaterThan(30);
});

it('without a decided pair there is nothing to learn from', async () => {
  const run = await openSmallRun(await open(), smallRecipe({ labels: { rule: 'positive', count: 0 } }));
  await expect(run.advance(1)).rejects.toThrow(StateError);
});

it('observes a ranking whose probabilities add up', async () => {
  const run = await openSmallRun(await open());
  const observer = await observe(run, 'phone-1');
  const { evaluation, ranking } = await observer.evaluate();
  expect(ranking.responses).toHaveLength(12);
  const shown = ranking.responses.reduce((sum, r) => sum + r.probability, 0);
  expect(shown + ranking.elsewhere).toBeCloseTo(1, 9);
  expect(ranking.kendallTau).toBeCloseTo(1, 9);
  expect(evaluation.kl).toBeCloseTo(0, 6);
  expect(evaluation.accuracies['positive']).toBe(0.5);
  const { before, after } = await observer.samples();
  expect(after).toEqual(before);
});

it('an epoch visits every pair once', () => {
  const seen = [1, 2, 3].flatMap((step) => batchPairs(3, 12, 4, step));
  expect([...seen].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  expect(batchPairs(3, 12, 4, 2)).toEqual(seen.slice(4, 8));
});
