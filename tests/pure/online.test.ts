/** Rounds of online training: what a few answers come to, and that a run of rounds has the same bits however it came about. */
import { beforeAll, expect, it } from 'vitest';
import { answers, taught } from '../../src/cli/taste.ts';
import { loadBase, openInNode } from '../../src/cli/node-host.ts';
import type { Base } from '../../src/runs/base.ts';
import type { Label } from '../../src/labelers/labeler.ts';
import { changeLabels } from '../../src/recipes/change.ts';
import { sureOf, type CheckedRecipe } from '../../src/recipes/check.ts';
import { ONLINE } from '../../src/recipes/online.ts';
import { trainerOf } from '../../src/exports/cluster/trainer.ts';
import { raceIssues } from '../../src/runs/race/race.ts';
import { trlSetup } from '../../src/recipes/trl.ts';
import { featuresOf, type Features } from '../../src/runs/online/features.ts';
import { replay } from '../../src/runs/replay.ts';
import { openRun, type Run } from '../../src/runs/runner.ts';
import type { PreferenceRule } from '../../src/worlds/world.ts';
import { checkRecipe, recipeOf, worldNamed } from '../support/worlds.ts';
import { parametersDigest } from '../support/small-run.ts';

const world = worldNamed('reviews');
const features = featuresOf(world) as Features;
const rule = (name: string): PreferenceRule => world.rules.find((one) => one.name === name) as PreferenceRule;
const labelled = (name: string, count = 5): Label[] => answers(world, features, rule(name), count, 3, 0);

/** Small rounds of the small model, under a target that none of them reaches. */
const small = (recorded: readonly Label[], loop: object = {}): CheckedRecipe =>
  recipeOf({
    version: 1,
    world: 'reviews',
    model: { size: 'nano' },
    labels: { rule: 'positive', recorded },
    ...ONLINE,
    loop: {
      ...ONLINE.loop,
      steps: 12,
      batch: 4,
      prompts_per_round: 4,
      num_generations: 4,
      target_shift: 5,
      ...loop,
    },
  });

let base: Base;
beforeAll(async () => {
  base = await loadBase('reviews', 'nano');
});
const open = async (recipe: CheckedRecipe): Promise<Run> =>
  openRun(recipe, await openInNode('wasm'), base.config, base.parameters);
const bits = async (run: Run) => ({ digest: await parametersDigest(run), receipt: await run.receipt() });

it('a recipe names the loop with its numbers; that of labelled pairs has none of them', () => {
  expect(small([]).recipe.loop).toMatchObject({ kind: 'online', steps_per_round: 4, num_generations: 4 });
  expect(Object.keys(recipeOf({ version: 1, world: 'reviews' }).recipe.loop)).not.toContain(
    'steps_per_round',
  );
  const wrong = checkRecipe({ version: 1, world: 'reviews', loop: { steps_per_round: 4 } });
  expect(!wrong.ok && wrong.issues).toMatchObject([
    { code: 'recipe/unknown-key', at: 'loop.steps_per_round' },
  ]);
  const other = checkRecipe({ version: 1, world: 'reviews', loop: { kind: 'endless' } });
  expect(!other.ok && other.issues[0]?.at).toBe('loop.kind');
  const reward = checkRecipe(
    { version: 1, world: 'reviews', ...ONLINE, objective: { name: 'bradley_terry' } },
    'reward',
  );
  expect(!reward.ok && reward.issues).toMatchObject([{ code: 'recipe/not-online' }]);
});

it('a race and a folder for a cluster refuse it by name', () => {
  const { recipe } = small(labelled('positive'));
  const arms = ['one', 'other'].map((name) => ({ name, recipe }));
  expect(raceIssues(arms).map(({ code }) => code)).toEqual(['race/online', 'race/online']);
  expect(() => trainerOf(recipe)).toThrow(/loop.kind/);
  expect(trlSetup({ ...recipe, objective: { ...recipe.objective, name: 'sigmoid' } }).ok).toBe(false);
});

it('the same bits in one go, step by step, told again, and from a snapshot in mid-round on another device', async () => {
  const whole = await open(small(labelled('positive')));
  await whole.advance(12);
  const expected = await bits(whole);

  const bySteps = await open(small(labelled('positive')));
  for (let i = 0; i < 12; i++) await bySteps.advance(1);
  expect(await bits(bySteps)).toEqual(expected);

  const told = await open(small(labelled('positive')));
  for await (const _ of replay(told, whole.story, 12)) continue;
  expect(await bits(told)).toEqual(expected);

  const before = await open(small(labelled('positive')));
  await before.advance(6);
  const snapshot = structuredClone(await before.snapshot());
  const after = await openRun(before.checked, await openInNode('wasm'), base.config, base.parameters, {
    from: { story: before.story, snapshot },
  });
  await after.look();
  expect(after.round?.before.rewards.length).toBeGreaterThan(8);
  await after.advance(6);
  expect(await bits(after)).toEqual(expected);

  await whole.reset();
  await whole.advance(12);
  expect(await bits(whole)).toEqual(expected);
});

it('other labels begin a new round, and are part of the story', async () => {
  const run = await open(small(labelled('positive')));
  await run.advance(6);
  const { rule: name, count, noise } = run.recipe.labels;
  const others = { rule: name, count, noise, recorded: labelled('long') };
  await run.setRecipe(sureOf(changeLabels(run.checked, others)));
  await run.advance(6);
  expect(run.story.changes.map(({ step }) => step)).toEqual([6]);
  const told = await open(small(labelled('positive')));
  for await (const _ of replay(told, run.story, 12)) continue;
  expect(await bits(told)).toEqual(await bits(run));
});

it('it says so where nothing was decided, or answers contradict each other; and stops where it has come far enough', async () => {
  const ties = labelled('positive').map((label): Label => ({ ...label, choice: 'tie' }));
  expect((await open(small(ties))).obstacle).toMatch(/no decided pair/);
  const said = labelled('positive', 8);
  const torn = [
    ...said,
    ...said.map((label): Label => ({ ...label, choice: label.choice === 'a' ? 'b' : 'a' })),
  ];
  expect((await open(small(torn))).obstacle).toMatch(/can’t make out what you like/);

  const short = await open(small(labelled('short'), { target_shift: 0.1, steps: 40 }));
  await short.advance(40);
  expect(short.ended).toBe(true);
  expect(short.round?.end).not.toBeNull();
  expect(short.step % 4).toBe(0);
  expect(await short.advance(4)).toEqual([]);
});

it('where nothing gets better the best parameters are put back', async () => {
  // a step this large ruins the model at once
  const recipe = recipeOf({
    ...small(labelled('positive')).recipe,
    optimiser: { lr: 0.1, max_grad_norm: 1000 },
  });
  const run = await open(recipe);
  const start = await parametersDigest(run);
  await run.advance(12);
  expect(run.round?.end).toBe('collapsed');
  expect(await parametersDigest(run)).toBe(start);
});

it('ten answers shift what the micro model writes: seed 7, three rules', async () => {
  for (const name of ['positive', 'short', 'formal']) {
    const row = await taught(world, rule(name), 10, 7, 0);
    expect(row.shift, name).toBeGreaterThan(0.6);
    expect(row.grammatical, name).toBeGreaterThan(0.88);
    expect(row.moved_right, name).toBeGreaterThan(0.7);
  }
});
