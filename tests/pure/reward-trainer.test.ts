/** The worker's side of reward models, in Node: it trains, measures and hands out the model; and its file says the same. */
import { readFile } from 'node:fs/promises';
import * as ort from 'onnxruntime-web';
import { expect, it } from 'vitest';
import { BUILD } from '../../src/base/build.ts';
import { openInNode } from '../../src/cli/node-host.ts';
import { openWasm } from '../../src/engine/wasm/index.ts';
import { rewardFile } from '../../src/runs/reward/file.ts';
import { observeReward } from '../../src/runs/reward/observe.ts';
import { guessMapping } from '../../src/session/frozen-mapping.ts';
import { openOrt } from '../../src/session/frozen-ort.ts';
import { createFrozenRuntime } from '../../src/session/frozen-runtime.ts';
import type { RewardEvent } from '../../src/session/reward-protocol.ts';
import { createRewardTrainer } from '../../src/session/reward-trainer.ts';
import { openSmallReward, smallRewardRecipe } from '../support/small-reward.ts';
import { worldNamed } from '../support/worlds.ts';

function openTrainer() {
  let clock = 0;
  const trainer = createRewardTrainer({
    openDevice: openInNode,
    loadBase: () => Promise.reject(new Error('a fresh start loads nothing')),
    now: () => (clock += 4),
    pause: () => new Promise((resolve) => setImmediate(resolve)),
  });
  const events: RewardEvent[] = [];
  const waiting: { until: (event: RewardEvent) => boolean; go: () => void }[] = [];
  trainer.subscribe((event) => {
    events.push(event);
    for (const one of waiting) if (one.until(event)) one.go();
  }, BUILD);
  const heard = (until: (event: RewardEvent) => boolean): Promise<void> =>
    events.some(until) ? Promise.resolve() : new Promise((go) => waiting.push({ until, go }));
  return { trainer, events, heard };
}

const request = { runId: 'one', site: 'https://site/', kept: [], prompt: '', recipe: smallRewardRecipe() };
const ended = (phase: string) => (event: RewardEvent) => event.kind === 'progress' && event.phase === phase;

it('trains to the end, measures on the way and after it, and ends with the bits of the same run elsewhere', async () => {
  const { trainer, events, heard } = openTrainer();
  const opened = await trainer.open(request);
  if (!opened.ok) throw new Error(opened.error.message);
  expect(opened.value).toMatchObject({ pairs: 23, unused: { ties: 1 }, obstacle: null });
  expect(opened.value.evaluation.truth.share).toBe(0.5);
  expect((await trainer.train('one')).ok).toBe(true);
  await heard(ended('finished'));
  const rows = events.flatMap((event) => (event.kind === 'progress' ? event.rows : []));
  expect(rows.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  const evaluations = events.flatMap((event) => (event.kind === 'evaluation' ? [event.evaluation.step] : []));
  expect(evaluations).toEqual([4, 8, 12]);
  const audit = events.find((event) => event.kind === 'audit');
  expect(audit?.kind === 'audit' && audit.audit.curve.map(({ n }) => n)).toEqual([
    1, 2, 4, 8, 16, 32, 64, 128,
  ]);
  const exported = await trainer.exported('one');
  if (!exported.ok) throw new Error(exported.error.message);
  const other = await openSmallReward(await openWasm(() => readFile('src/engine/wasm/kernels.wasm')));
  await other.advance(12);
  expect(exported.value.block).toEqual(await other.parameters());
});

it('a pause comes between two slices, and a run of before is told nothing', async () => {
  const { trainer, events, heard } = openTrainer();
  await trainer.open({
    ...request,
    recipe: { ...request.recipe, loop: { ...request.recipe.loop, steps: 5000 } },
  });
  await trainer.train('one');
  await heard((event) => event.kind === 'progress' && event.step > 2);
  await trainer.pause('one');
  await heard(ended('paused'));
  const step = events.reduce(
    (most, event) => (event.kind === 'progress' ? Math.max(most, event.step) : most),
    0,
  );
  expect(step).toBeLessThan(5000);
  await trainer.open({ ...request, runId: 'two' });
  const late = await trainer.train('one');
  expect(!late.ok && late.error.name).toBe('StateError');
  await trainer.step('two');
  await heard((event) => event.runId === 'two' && event.kind === 'progress' && event.phase === 'paused');
});

it('labels that decide nothing are an obstacle with a cure; a recipe of a policy is refused', async () => {
  const { trainer } = openTrainer();
  const empty = await trainer.open({
    ...request,
    recipe: smallRewardRecipe({ labels: { rule: 'positive', count: 0 } }),
  });
  expect(empty.ok && empty.value.obstacle).toContain('Label a pair first');
  const refused = await trainer.open({ ...request, recipe: { version: 1, world: 'reviews' } });
  expect(!refused.ok && refused.error.message).toContain('reads no head');
});

it('labels that are kept from training are what it is tried on, and are checked', async () => {
  const { trainer, events, heard } = openTrainer();
  const kept = [0, 1, 2].map((index) => ({
    pair: { kind: 'stock', seed: 7, index, split: 'held-out' },
    choice: index === 2 ? 'tie' : 'a',
    source: 'human',
  }));
  const opened = await trainer.open({ ...request, kept });
  expect(opened.ok && opened.value.evaluation.own).toMatchObject({ n: 2, share: 0.5 });
  await trainer.train('one');
  await heard(ended('finished'));
  const shares = events.flatMap((event) =>
    event.kind === 'evaluation' ? [event.evaluation.own?.share] : [],
  );
  expect([0, 0.5, 1]).toContain(shares.at(-1));
  const refused = await trainer.open({ ...request, kept: [{ choice: 'a' }] });
  expect(!refused.ok && refused.error.name).toBe('InvalidInputError');
});

it('dropped back in as a file, the model judges as it did: the same rewards, and held-out responses in the same order', async () => {
  const recipe = smallRewardRecipe({
    labels: { rule: 'positive', count: 60 },
    loop: { steps: 30, batch: 8 },
  });
  const run = await openSmallReward(await openWasm(() => readFile('src/engine/wasm/kernels.wasm')), recipe);
  await run.advance(30);
  const world = worldNamed('reviews');
  const { words, context, prompts } = world;
  const judge = createFrozenRuntime(async (bytes) => ({
    session: await openOrt(ort, bytes, 'wasm'),
    backend: 'wasm',
    whyNot: 'Node has no WebGPU.',
  }));
  const looked = await judge.inspect(
    rewardFile({ config: run.config, block: await run.parameters() }, world),
  );
  if (!looked.ok) throw new Error(looked.error.message);
  expect(looked.value.origin?.kind).toBe('reward');
  const mapping = guessMapping(looked.value);
  if (mapping === null) throw new Error('the tensors of our own file say what they are');
  expect((await judge.open(mapping, { words, context })).ok).toBe(true);

  const observer = await observeReward(run);
  const order = (rewards: readonly number[]): number[] =>
    rewards.map((_, i) => i).sort((a, b) => (rewards[b] as number) - (rewards[a] as number) || a - b);
  for (const prompt of prompts.filter(({ split }) => split === 'held-out')) {
    const { responses } = await observer.follow(prompt.id);
    const ours = responses.map(({ reward }) => reward);
    const theirs = await judge.scores(
      responses.map(({ tokens }) => ({ prompt: prompt.tokens, response: [...tokens] })),
    );
    if (!theirs.ok) throw new Error(theirs.error.message);
    theirs.value.forEach((reward, i) => expect(Math.abs(reward - (ours[i] as number))).toBeLessThan(1e-4));
    expect(order(theirs.value)).toEqual(order(ours));
  }
});
