/** A story told again has the bits of the run that it tells of, through a link or a file, in slices of any length. */
import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { openWasm } from '../../src/engine/wasm/index.ts';
import type { Receipt } from '../../src/runs/receipt.ts';
import { compare } from '../../src/runs/receipt.ts';
import { replay } from '../../src/runs/replay.ts';
import type { Recipe } from '../../src/recipes/schema.ts';
import type { Story } from '../../src/runs/story.ts';
import { changedAt, storyOf } from '../../src/runs/story.ts';
import { describeVerdict } from '../../src/runs/verdict.ts';
import { linkOf, readLink } from '../support/links.ts';
import { lab, labels } from '../support/shared-states.ts';
import { openSmallRun, smallRecipe } from '../support/small-run.ts';
import { recipeOf } from '../support/worlds.ts';

const open = () => openWasm(() => readFile('src/engine/wasm/kernels.wasm'));

/** What a page does: trains in slices of its own, and takes changes as they come. */
async function lived(plan: readonly (number | Recipe)[]): Promise<{ story: Story; receipt: Receipt }> {
  const run = await openSmallRun(await open());
  for (const part of plan) {
    if (typeof part === 'number') await run.advance(part);
    else await run.setRecipe(recipeOf(part));
  }
  return { story: run.story, receipt: (await run.receipt()) as Receipt };
}

async function toldAgain(story: Story, steps: number, slice?: number): Promise<Receipt> {
  const run = await openSmallRun(await open(), story.recipe);
  const until = slice === undefined ? undefined : (step: number) => step + slice;
  for await (const _ of replay(run, story, steps, until)) continue;
  return (await run.receipt()) as Receipt;
}

const own = {
  formula: 'loss = -log_sigmoid(beta * (logp_w - ref_w - logp_l + ref_l) - shift)',
  own: { shift: 0.3 },
};
const PLAN = [
  3, smallRecipe({ optimiser: { lr: 0.002 } }),
  4, smallRecipe({ optimiser: { lr: 0.002 }, labels: { rule: 'positive', count: 24, recorded: labels(9) } }),
  2, smallRecipe({ objective: own, labels: { rule: 'positive', count: 24, recorded: labels(11) } }),
  6,
]; // prettier-ignore

it('a story that was changed three times, through a link', async () => {
  const { story, receipt } = await lived(PLAN);
  expect(story.changes.map(({ step }) => step)).toEqual([3, 7, 9]);
  const linked = await linkOf(lab(story.recipe, { story, receipt }));
  const read = 'link' in linked ? await readLink(linked.link) : null;
  if (!read?.ok || read.value.kind !== 'lab' || read.value.receipt === null) throw new Error('not read');
  const again = await toldAgain(read.value.story, read.value.receipt.steps, 4);
  expect(compare(read.value.receipt, again)).toEqual({ kind: 'reproduced' });
  expect(await toldAgain(read.value.story, 15)).toEqual(receipt);
});

it('with a change left out it differs, and the step is named', async () => {
  const { story, receipt } = await lived(PLAN);
  const cut = { ...story, changes: story.changes.slice(0, 2) };
  const verdict = compare(receipt, await toldAgain(cut, 15));
  expect(verdict).toEqual({ kind: 'differs', after: 9, by: 10 });
  expect(describeVerdict(verdict, receipt)).toContain('the same up to step 9, different at step 10');
  expect(describeVerdict(verdict, { ...receipt, engine: 99 })).toContain('engine 99');
});

it('it ends early where nothing is left to learn from, and starts at step 0 only', async () => {
  const none = smallRecipe({ labels: { rule: 'positive', count: 0 } });
  const run = await openSmallRun(await open());
  const story = changedAt(storyOf(run.recipe), 5, none);
  const rows = [];
  for await (const slice of replay(run, story, 12)) rows.push(...slice);
  expect(rows.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5]);
  await expect(replay(run, story, 12).next()).rejects.toThrow('step 0');
});

it('a formula may read what has no derivative anywhere', async () => {
  const formula = 'loss = -log_sigmoid(logp_w - logp_l) * mean_t(p_squared_w[t])';
  const run = await openSmallRun(await open(), smallRecipe({ objective: { formula } }));
  const [row] = await run.advance(1);
  expect(row?.grad_norm).toBeGreaterThan(0);
});
