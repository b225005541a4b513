/** Ties and "both bad" labels: every objective makes of them what it states, and what it can't use is counted and said. */
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { openWasm } from '../../src/engine/wasm/index.ts';
import type { Choice } from '../../src/labelers/labeler.ts';
import { linesFor } from '../../src/formulas/rewrite.ts';
import { unparseExpression } from '../../src/formulas/unparse.ts';
import { checkedObjective } from '../../src/objectives/check.ts';
import { objectives } from '../../src/objectives/index.ts';
import type { UndecidedMeanings } from '../../src/objectives/objective.ts';
import { changeObjective } from '../../src/recipes/change.ts';
import { undecidedMeanings, unmetNeeds } from '../../src/recipes/objective.ts';
import { preferencePairs } from '../../src/runs/pairs.ts';
import type { Run } from '../../src/runs/runner.ts';
import type { Recipe } from '../../src/recipes/schema.ts';
import { unusedLabels } from '../../src/runs/unused.ts';
import { openSmallRun, smallRecipe } from '../support/small-run.ts';
import { worldNamed } from '../support/worlds.ts';

type Eight = [number, number, number, number, number, number, number, number];

const world = worldNamed('reviews');
const stock = (index: number) => world.pair(0, index);
const recorded = (choices: readonly Choice[]): object => ({
  rule: 'positive',
  count: 0,
  recorded: choices.map((choice, index) => ({
    pair: { kind: 'stock', seed: 0, index, split: 'train' },
    choice,
    source: 'human',
  })),
});
const recipeOf = (objective: object, choices: readonly Choice[], batch = 4): Recipe =>
  smallRecipe({
    objective,
    labels: recorded(choices),
    loop: { steps: 40, batch, evaluate_every: 10 },
    optimiser: { lr: 3e-3, warmup_steps: 0 },
  });
const openRun = async (objective: object, choices: readonly Choice[], batch?: number): Promise<Run> =>
  openSmallRun(
    await openWasm(() => readFile('src/engine/wasm/kernels.wasm')),
    recipeOf(objective, choices, batch),
  );
const learned = (choices: readonly Choice[], undecided: UndecidedMeanings) =>
  preferencePairs(recipeOf({}, choices).labels, world, 0, undecided);

describe('pairs of labels', () => {
  it('leave out what is excluded, and count it', () => {
    const { pairs, unused } = learned(['a', 'tie', 'both_bad', 'tie', 'b'], {
      tie: 'excluded',
      bothBad: 'excluded',
    });
    expect(pairs.map(({ sides }) => sides)).toEqual(['both', 'both']);
    expect(unused).toEqual({ ties: 2, bothBad: 1 });
    expect(unusedLabels(unused)).toEqual([
      '2 ties are not used by this loss.',
      '1 "both bad" label is not used by this loss.',
    ]);
    expect(unusedLabels({ ties: 0, bothBad: 0 })).toEqual([]);
  });

  it('hold a tie as one pair of which neither side was chosen', () => {
    const { pairs, unused } = learned(['tie', 'both_bad'], { tie: 'half', bothBad: 'excluded' });
    expect(pairs).toHaveLength(1);
    expect(pairs[0]).toMatchObject({ chosen: stock(0).a, rejected: stock(0).b, sides: 'none' });
    expect(pairs[0]?.columns).toMatchObject({ label_probability: 0.5, margin_column: 0, strength: 0 });
    expect(unused).toEqual({ ties: 0, bothBad: 1 });
  });

  it('hold "both bad" as two rejected responses', () => {
    const { pairs } = learned(['both_bad'], { tie: 'excluded', bothBad: 'two-rejected' });
    expect(pairs.map(({ chosen, rejected, sides }) => ({ chosen, rejected, sides }))).toEqual([
      { chosen: [], rejected: stock(0).a, sides: 'rejected' },
      { chosen: [], rejected: stock(0).b, sides: 'rejected' },
    ]);
  });
});

describe('a tie that counts by half in both orders', () => {
  const lengths = (i: number): [number, number] => [stock(i).a.length, stock(i).b.length];

  it('has the mean of the loss in either order; decided pairs have theirs', async () => {
    const formula = 'loss = 3 * len_w - len_l + 0 * logp_w';
    const run = await openRun({ name: 'cdpo', formula }, ['a', 'tie', 'b', 'tie']);
    const [row] = await run.advance(1);
    const [wA, wB, tA, tB, lA, lB, uA, uB] = [0, 1, 2, 3].flatMap(lengths) as Eight;
    const expected = (3 * wA - wB + (tA + tB) + (3 * lB - lA) + (uA + uB)) / 4;
    expect(row?.loss).toBeCloseTo(expected, 4);
    expect(run.unused).toEqual({ ties: 0, bothBad: 0 });
  });

  it('sees columns of the other order too', async () => {
    const formula = 'loss = score_w + 2 * margin_column + 4 * label_probability + 0 * logp_w';
    const run = await openRun({ name: 'cdpo', formula }, ['tie'], 1);
    const rule = world.rules.find(({ name }) => name === 'positive');
    const [a, b] = [stock(0).a, stock(0).b].map((tokens) => rule?.utility(world.score(stock(0).prompt, tokens)) as number); // prettier-ignore
    expect((await run.advance(1))[0]?.loss).toBeCloseTo(((a as number) + (b as number)) / 2 + 2, 5);
  });

  it.each(['cdpo', 'osp'])('%s is pulled to no margin by it', async (name) => {
    const only = await openRun({ name }, ['tie', 'tie']);
    const rows = await only.advance(3);
    expect(rows[0]?.grad_norm).toBeLessThan(1e-6);
    expect(rows[0]?.loss).toBeCloseTo(Math.log(2), 6);
    expect(rows[2]?.['rewards/accuracies']).toBeNaN(); // no pair of the batch is decided
    expect(only.ratios).toEqual({ chosen: [], rejected: [] });
    const decided = await openRun({ name }, ['a', 'a']);
    expect((await decided.advance(1))[0]?.grad_norm).toBeGreaterThan(0.1);
  });

  it('comes and goes with the objective, and is left out of a loss of the whole batch', async () => {
    const run = await openRun({ name: 'cdpo' }, ['a', 'b', 'tie', 'both_bad']);
    expect([run.pairs, run.unused]).toEqual([3, { ties: 0, bothBad: 1 }]);
    const change = async (objective: object): Promise<void> => {
      const next = changeObjective(run.checked, objective);
      if (!next.ok) throw new Error(JSON.stringify(next.issues));
      await run.setRecipe(next.value);
      await run.advance(1);
    };
    await change({ name: 'sigmoid' });
    expect([run.pairs, run.unused]).toEqual([2, { ties: 1, bothBad: 1 }]);
    await change({ name: 'kto' });
    expect([run.pairs, run.unused]).toEqual([4, { ties: 1, bothBad: 0 }]);
    await change({ name: 'cdpo', formula: 'loss = -mean(logp_w)' });
    expect([run.pairs, run.unused]).toEqual([2, { ties: 1, bothBad: 1 }]);
  });
});

describe('"both bad" as two rejected responses', () => {
  it.each([
    ['kto', 0.25],
    ['bco', Math.log(2) / 2],
    ['apo_zero_unpaired', 0.25],
  ])('%s counts the rejected ones alone, and pushes both down', async (name, loss) => {
    const run = await openRun({ name, parameters: { beta: 0.5 } }, ['both_bad', 'both_bad']);
    expect(run.pairs).toBe(4);
    const rows = await run.advance(20);
    expect(rows[0]?.loss).toBeCloseTo(loss, 6);
    expect(rows[0]?.['rewards/chosen']).toBeNaN();
    const sequences = [0, 1].flatMap((i) =>
      [stock(i).a, stock(i).b].map((response) => ({ prompt: stock(i).prompt.tokens, response })),
    );
    const [now, before] = [
      await run.scorer.logps(sequences, 'policy'),
      await run.scorer.logps(sequences, 'reference'),
    ];
    // bco compares with its own running mean: not every response need fall
    const fallen = now.map((x, i) => x - (before[i] as number));
    expect(fallen.reduce((sum, x) => sum + x, 0)).toBeLessThan(-0.5);
    if (name !== 'bco') fallen.forEach((x) => expect(x).toBeLessThan(0));
  });

  it.each(['npo', 'gradient_ascent'])('%s forgets both', async (name) => {
    const run = await openRun({ name }, ['both_bad']);
    const rows = await run.advance(10);
    expect(rows.at(-1)?.['logps/rejected']).toBeLessThan((rows[0]?.['logps/rejected'] as number) - 0.5);
  });

  it("bco's running mean has no reward of a response that is not there", async () => {
    const formula = 'rewards_chosen = len_w + 100\nrewards_rejected = len_l\nloss = reward_mean + 0 * logp_l';
    const run = await openRun({ name: 'bco', formula }, ['a', 'both_bad'], 3);
    const [wA, wB] = [stock(0).a.length, stock(0).b.length];
    const expected = (wA + 100 + wB + stock(1).a.length + stock(1).b.length) / 4;
    expect((await run.advance(1))[0]?.loss).toBeCloseTo(expected, 4);
  });
});

it('every objective that labelled pairs train states meanings that hold for its loss', () => {
  for (const objective of objectives.values()) {
    if (objective.setting !== 'pairs') continue;
    const checked = checkedObjective(objective);
    if (unmetNeeds(checked).length > 0) continue;
    const { name, tie, bothBad } = objective;
    expect(undecidedMeanings(name, checked), name).toEqual({ tie, bothBad });
    expect(tie, `${name}: a tie rejects nothing`).not.toBe('two-rejected');
    if (bothBad !== 'two-rejected') continue;
    // nothing of an empty chosen response may count: the loss doesn't read it, or guards what it reads
    const { lines, reads } = linesFor(checked.formula, ['loss']);
    const guarded = lines.some(({ value }) => unparseExpression(value).startsWith('where(len_w > 0, '));
    expect(guarded || !reads.has('logp_w'), name).toBe(true);
  }
});

const TRAINED = [...objectives.values()].filter(
  (one) => one.setting === 'pairs' && unmetNeeds(checkedObjective(one)).length === 0,
);

it.each(TRAINED.map(({ name }) => name))('%s trains on labels of every kind', async (name) => {
  const run = await openRun({ name }, ['a', 'tie', 'b', 'both_bad', 'a', 'b']);
  const { pairs, unused } = run;
  const { tie, bothBad } = objectives.get(name) as UndecidedMeanings;
  expect(unused).toEqual({ ties: tie === 'excluded' ? 1 : 0, bothBad: bothBad === 'excluded' ? 1 : 0 });
  expect(pairs).toBe(4 + (tie === 'half' ? 1 : 0) + (bothBad === 'two-rejected' ? 2 : 0));
  const rows = await run.advance(3);
  expect(rows.every(({ loss, grad_norm }) => Number.isFinite(loss) && grad_norm > 0)).toBe(true);
});
