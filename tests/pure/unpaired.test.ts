/** KTO's zero point and BCO's running mean, in training: against numbers worked out here from the same runs. */
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { StateError } from '../../src/base/errors.ts';
import { mean } from '../../src/base/maths.ts';
import { openReference } from '../../src/engine/reference/index.ts';
import { openWasm } from '../../src/engine/wasm/index.ts';
import { mismatchedSequences } from '../../src/training/mismatched.ts';
import { batchPairs } from '../../src/training/offline.ts';
import { changeNumber, changeObjective } from '../../src/recipes/change.ts';
import type { PreferencePair } from '../../src/runs/pairs.ts';
import { preferencePairs } from '../../src/runs/pairs.ts';
import type { Run } from '../../src/runs/runner.ts';
import type { Recipe } from '../../src/recipes/schema.ts';
import { openSmallRun, parametersDigest, smallRecipe } from '../support/small-run.ts';

const open = () => openWasm(() => readFile('src/engine/wasm/kernels.wasm'));
const loop = { steps: 30, batch: 4, evaluate_every: 10 };
const optimiser = { lr: 3e-3, warmup_steps: 0 };
const recipeOf = (objective: object, more: object = {}): Recipe =>
  smallRecipe({ objective, loop, optimiser, ...more });
const pairsOf = ({ recipe, world, checked }: Run): PreferencePair[] =>
  preferencePairs(recipe.labels, world, recipe.seed, checked.undecided).pairs;
const batchOf = (run: Run, step: number): number[] =>
  batchPairs(run.recipe.seed, run.pairs, run.recipe.loop.batch, step);
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

describe('mismatched responses', () => {
  const [p, q] = [[1, 2], [3, 4, 5]]; // prettier-ignore
  const pair = (prompt: number[], name: number) => ({
    prompt,
    chosen: [name, name],
    rejected: [-name, -name, -name],
  });

  it('come from the nearest pair before with another prompt, chosen and rejected in turn', () => {
    const sequences = mismatchedSequences([pair(p, 10), pair(q, 20), pair(q, 30), pair(p, 40)], 8);
    expect(sequences).toEqual([
      { prompt: p, response: [30, 30] }, // round the end, past 40
      { prompt: q, response: [-10, -10, -10] },
      { prompt: q, response: [10, 10] },
      { prompt: p, response: [-30, -30, -30] },
    ]);
  });

  it('come from the pair before where all have one prompt, and are cut to the room that there is', () => {
    const sequences = mismatchedSequences([pair(q, 10), pair(q, 20), pair(q, 30)], 3);
    expect(sequences.map(({ response }) => response)).toEqual([[30], [-10], [20]]);
  });

  it('are the rejected one where none was chosen; a single pair has none', () => {
    const bad = { prompt: p, chosen: [], rejected: [7] };
    expect(mismatchedSequences([pair(q, 10), bad], 8)[0]).toEqual({ prompt: q, response: [7] });
    expect(() => mismatchedSequences([bad], 8)).toThrow(StateError);
  });
});

describe('kto', () => {
  const numbers = { beta: 0.5, desirable_weight: 1, undesirable_weight: 1.5 };

  it('has the loss that its formula says, with the zero point of the batch', async () => {
    const run = await openSmallRun(await open(), recipeOf({ name: 'kto', parameters: numbers }));
    const [first] = await run.advance(1);
    expect(first?.loss).toBeCloseTo((0.5 + 1.5 * 0.5) / 2, 6);
    const points: number[] = [];
    for (const step of [8, 16, 24]) {
      await run.advance(step - run.step - 1);
      const pairs = pairsOf(run);
      const ratios = async (list: Parameters<typeof run.scorer.logps>[0]): Promise<number[]> => {
        const [policy, reference] = [await run.scorer.logps(list, 'policy'), await run.scorer.logps(list, 'reference')]; // prettier-ignore
        return policy.map((x, i) => x - (reference[i] as number));
      };
      const other = await ratios(mismatchedSequences(pairs, 48));
      const own = await ratios(pairs.flatMap(({ prompt, chosen, rejected }) => [{ prompt, response: chosen }, { prompt, response: rejected }])); // prettier-ignore
      const batch = batchOf(run, step);
      const kl = Math.max(0, mean(batch.map((p) => other[p] as number)));
      points.push(mean(batch.map((p) => other[p] as number)));
      const losses = batch.map((p) => {
        const [w, l] = [own[2 * p] as number, own[2 * p + 1] as number];
        return (sigmoid(-0.5 * (w - kl)) + 1.5 * sigmoid(-0.5 * (kl - l))) / 2;
      });
      const [row] = await run.advance(1);
      expect(row?.loss, `step ${step}`).toBeCloseTo(mean(losses), 4);
    }
    expect(points.every((x) => Math.abs(x) > 0.01)).toBe(true);
  });

  it('learns, and sends no gradient through the zero point', async () => {
    const run = await openSmallRun(await open(), recipeOf({ name: 'kto', parameters: numbers }));
    const rows = await run.advance(30);
    expect(rows.at(-1)?.['rewards/margins']).toBeGreaterThan(0.2);
    const still = recipeOf({ name: 'kto', formula: 'loss = mean(logp_m - ref_m) + 0 * logp_w' });
    expect((await (await openSmallRun(await open(), still)).advance(2))[1]?.grad_norm).toBe(0);
  });

  it.each(['kto', 'bco'])('%s follows the float64 reference', async (name) => {
    const few = { labels: { rule: 'positive', count: 4 }, loop: { ...loop, steps: 3, batch: 2 } };
    const wasm = await openSmallRun(await open(), recipeOf({ name }, few));
    const exact = await openSmallRun(openReference(), recipeOf({ name }, few));
    const rows = await wasm.advance(3);
    (await exact.advance(3)).forEach((row, i) => expect(rows[i]?.loss).toBeCloseTo(row.loss, 4));
  });

  it('needs a second pair, and says so', async () => {
    const run = await openSmallRun(await open(), recipeOf({ name: 'kto' }, { labels: { rule: 'positive', count: 1 } })); // prettier-ignore
    expect(run.pairs).toBe(1);
    expect(run.obstacle).toMatch(/Label a second pair/);
    await expect(run.advance(1)).rejects.toThrow(/Label a second pair/);
    const dpo = changeObjective(run.checked, { name: 'sigmoid' });
    if (!dpo.ok) throw new Error('the change is fine');
    await run.setRecipe(dpo.value);
    expect(run.obstacle).toBeNull();
    await run.advance(1);
  });
});

describe('the running mean of rewards', () => {
  /** Rewards that are known beforehand: the lengths. The loss shown is their running mean. */
  const shown = {
    name: 'bco',
    formula: 'rewards_chosen = len_w\nrewards_rejected = 10 * len_l\nloss = reward_mean + 0 * logp_w',
  };
  /** Mean over all rewards of steps `from` .. `to`. */
  const expected = (run: Run, from: number, to: number): number => {
    const pairs = pairsOf(run);
    const batches = Array.from({ length: to - from + 1 }, (_, i) => batchOf(run, from + i)).flat();
    return mean(
      batches.flatMap((p) => {
        const { chosen, rejected } = pairs[p] as PreferencePair;
        return [...(chosen.length > 0 ? [chosen.length] : []), 10 * rejected.length];
      }),
    );
  };

  it('is over all batches so far, this one included', async () => {
    const run = await openSmallRun(await open(), recipeOf(shown));
    const rows = await run.advance(12);
    rows.forEach(({ loss }, i) => expect(loss / expected(run, 1, i + 1)).toBeCloseTo(1, 6));
  });

  it('outlives slices, snapshots and devices, and begins anew with a reset or another formula', async () => {
    const run = await openSmallRun(await open(), recipeOf(shown));
    for (const count of [3, 1, 2]) await run.advance(count);
    const other = await openSmallRun(await open(), recipeOf(shown));
    await other.restore(await run.snapshot());
    const [seventh] = await other.advance(1);
    expect((seventh?.loss as number) / expected(run, 1, 7)).toBeCloseTo(1, 6);
    await run.advance(16);
    await run.moveTo(await open(), 'mirror');
    expect(run.step).toBe(22);
    await run.advance(1);
    expect(((await run.advance(1))[0]?.loss as number) / expected(run, 1, 24)).toBeCloseTo(1, 6);
    const formula = shown.formula.replace('+ 0', '- 0');
    const changed = changeObjective(run.checked, { ...shown, formula });
    if (!changed.ok) throw new Error(JSON.stringify(changed.issues));
    await run.setRecipe(changed.value);
    expect(((await run.advance(1))[0]?.loss as number) / expected(run, 25, 25)).toBeCloseTo(1, 6);
    await run.reset();
    expect(((await run.advance(1))[0]?.loss as number) / expected(run, 1, 1)).toBeCloseTo(1, 6);
  });

  it('is the log-ratios where a formula names no rewards, and is refused where it would be its own', async () => {
    const plain = { name: 'sft', formula: 'loss = reward_mean + 0 * logp_w' };
    const run = await openSmallRun(await open(), recipeOf(plain));
    expect((await run.advance(1))[0]?.loss).toBeCloseTo(0, 5);
    const circular = changeObjective(run.checked, {
      name: 'bco',
      formula: 'shift = reward_mean\nrewards_chosen = logp_w - shift\nloss = -rewards_chosen',
    });
    expect(!circular.ok && circular.issues[0]).toMatchObject({
      code: 'formula/circular',
      at: 'objective.formula, line 1, column 1',
    });
  });

  it('bco learns with it, to the same bits in any slices', async () => {
    const bco = recipeOf({ name: 'bco', parameters: { beta: 0.5 } });
    const [whole, sliced] = [await openSmallRun(await open(), bco), await openSmallRun(await open(), bco)];
    const rows = await whole.advance(30);
    for (const count of [7, 20, 3]) await sliced.advance(count);
    expect(await parametersDigest(sliced)).toBe(await parametersDigest(whole));
    expect(rows[0]?.loss).toBeCloseTo(Math.log(2), 6);
    expect(rows.at(-1)?.['rewards/margins']).toBeGreaterThan(0.2);
    const softer = changeNumber(whole.checked, 'objective.parameters.beta', 0.1);
    if (!softer.ok) throw new Error('the change is fine');
    await whole.setRecipe(softer.value);
    expect(Number.isFinite((await whole.advance(1))[0]?.loss)).toBe(true);
  });
});
