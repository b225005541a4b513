/** Labels by the thousand: what a recipe, a kept run and a link do with them, and a run to which labels are added on the way. */
import { expect, it } from 'vitest';
import { POLICY } from '../../src/models/lm/programs.ts';
import { KEPT_CAPS } from '../../src/links/story.ts';
import { OPEN_VIEW } from '../../src/links/visible.ts';
import { MOST_RECORDED } from '../../src/recipes/parameters.ts';
import { openRun } from '../../src/runs/runner.ts';
import type { Recipe } from '../../src/recipes/schema.ts';
import { changedAt, storyOf } from '../../src/runs/story.ts';
import { linkOf, readShared, readSharedFile, writeShared, writeSharedFile } from '../support/links.ts';
import { openSmallRun, smallRecipe } from '../support/small-run.ts';
import { openDevice } from '../support/trainer-bench.ts';
import { checkRecipe, recipeOf } from '../support/worlds.ts';

const recorded = (count: number, first = 0) =>
  Array.from({ length: count }, (_, i) => ({
    pair: { kind: 'stock', seed: 0, index: 2 * (first + i), split: 'train' },
    choice: i % 3 === 0 ? 'b' : 'a',
    source: 'human',
  }));
const withLabels = (count: number) =>
  checkRecipe({ version: 1, world: 'reviews', labels: { rule: 'positive', recorded: recorded(count) } });

it('as many labels as a run learns from are kept with it and read back; one more is an issue', () => {
  const most = withLabels(MOST_RECORDED);
  if (!most.ok) throw new Error(JSON.stringify(most.issues));
  const story = storyOf(most.value.recipe);
  const written = structuredClone(writeShared({ kind: 'lab', story, receipt: null, view: OPEN_VIEW }));
  const read = readShared(written);
  expect(read.ok && read.value.kind === 'lab' && read.value.story).toEqual(story);
  const more = withLabels(MOST_RECORDED + 1);
  expect(!more.ok && more.issues.map(({ at }) => at)).toEqual(['labels.recorded']);
});

it('a person’s labels in a row, as many as a run learns from, are shared as a file', async () => {
  for (const every of [1, 2]) {
    const labels = recorded(MOST_RECORDED).map((label, i) => ({ ...label, pair: { ...label.pair, index: every * i } }));
    const most = checkRecipe({ version: 1, world: 'reviews', labels: { rule: 'positive', recorded: labels } });
    if (!most.ok) throw new Error(JSON.stringify(most.issues));
    const story = storyOf(most.value.recipe);
    const file = writeSharedFile({ kind: 'lab', story, receipt: null, view: OPEN_VIEW });
    if (!file.ok) throw new Error(JSON.stringify(file.issues));
    expect(file.value.length).toBeLessThan(every * 25_000);
    const read = await readSharedFile(file.value);
    expect(read.ok && read.value.kind === 'lab' && read.value.story).toEqual(story);
  }
}); // prettier-ignore

it('a run that was changed however often is read back where it is kept, and refused from a stranger', () => {
  let story = storyOf(smallRecipe({ labels: { rule: 'positive', recorded: recorded(150) } }));
  // the first label is another one at the end, so that no list is the beginning of the last
  for (let step = 1; step <= 300; step++) {
    const labels = recorded(150 + (step % 2), step === 300 ? 1 : 0);
    story = changedAt(story, step, smallRecipe({ labels: { rule: 'positive', recorded: labels } }));
  }
  const written = structuredClone(writeShared({ kind: 'lab', story, receipt: null, view: OPEN_VIEW }));
  const kept = readShared(written, KEPT_CAPS);
  expect(kept.ok && kept.value.kind === 'lab' && kept.value.story).toEqual(story);
  const strange = readShared(written);
  expect(!strange.ok && strange.issues.map(({ at }) => at)).toEqual(['changes']);
});

it('what is too much for a link is said, and nothing is thrown', async () => {
  const checked = withLabels(2001);
  if (!checked.ok) throw new Error(JSON.stringify(checked.issues));
  const { recipe } = checked.value;
  // every other pair is skipped at random, so that it does not pack
  const labels = recipe.labels.recorded.filter((_, i) => (i * 7919) % 11 < 6);
  const state = { ...recipe, labels: { ...recipe.labels, recorded: labels } };
  const linked = await linkOf({ kind: 'lab', story: storyOf(state), receipt: null, view: OPEN_VIEW });
  expect(Object.keys(linked)).not.toContain('issues');
});

it('labels added on the way give the bits of a run that is laid out anew with them', async () => {
  const recipe = (count: number, tie = false): Recipe => {
    const labels = recorded(count).map((one, i) => (tie && i === 2 ? { ...one, choice: 'tie' } : one));
    return smallRecipe({ labels: { rule: 'positive', count: 0, recorded: labels } });
  };
  for (const next of [recipe(23), recipe(9), recipe(20, true), recipe(120)]) {
    const onTheWay = await openSmallRun(await openDevice(), recipe(20));
    await onTheWay.advance(3);
    await onTheWay.setRecipe(recipeOf(next));
    const snapshot = await onTheWay.snapshot();
    const anew = await openRun(
      recipeOf(next),
      await openDevice(),
      onTheWay.config,
      await baseOf(recipe(20)),
      {
        from: { story: onTheWay.story, snapshot },
      },
    );
    expect(await onTheWay.advance(4)).toEqual(await anew.advance(4));
    expect(await onTheWay.device.read(POLICY)).toEqual(await anew.device.read(POLICY));
  }
});

/** The parameters that such a run starts from. */
async function baseOf(recipe: Recipe): Promise<Float32Array> {
  const fresh = await openSmallRun(await openDevice(), recipe);
  return Float32Array.from(await fresh.device.read(POLICY));
}
