/** A race side by side: every run has the bits of a run of its own, a failed run leaves the others be, blocks fit. */
import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { DeviceLostError, NotFiniteError } from '../../src/base/errors.ts';
import type { Device } from '../../src/engine/backend.ts';
import { openWasm } from '../../src/engine/wasm/index.ts';
import { lmConfig } from '../../src/models/lm/config.ts';
import { baseOf } from '../../src/runs/base.ts';
import { observe } from '../../src/runs/observe.ts';
import type { Block } from '../../src/runs/race/block.ts';
import { blocksOf, openBlock } from '../../src/runs/race/block.ts';
import { openRun } from '../../src/runs/runner.ts';
import type { CheckedRecipe } from '../../src/recipes/check.ts';
import { parametersDigest, smallChecked } from '../support/small-run.ts';
import { worldNamed } from '../support/worlds.ts';

const openDevice = (): Promise<Device> => openWasm(() => readFile('src/engine/wasm/kernels.wasm'));
const PROMPT = 'phone-1';
const LOOP = { steps: 5, batch: 4, evaluate_every: 3 };
const load = () => Promise.reject(new Error('a fresh start loads nothing'));
const base = (recipe: CheckedRecipe) => baseOf(recipe, { load });

function recipeOf(objective: object, seed: number): CheckedRecipe {
  return smallChecked({ objective, seed, loop: LOOP, labels: { rule: 'positive', count: 24, noise: 0.2 } });
}

async function openAll(recipes: readonly CheckedRecipe[], device: Device): Promise<Block> {
  return openBlock(recipes, await Promise.all(recipes.map(base)), device, PROMPT);
}

/** Everything that a block tells of each of its runs, and a digest of the parameters of those that end. */
async function race(block: Block) {
  const news = [...block.first];
  while (block.step < block.steps) news.push(...(await block.advance(2)));
  const digests = await Promise.all(block.runs.map(parametersDigest));
  const lanes = [...new Set(news.map(({ lane }) => lane))];
  return {
    digests,
    lanes: lanes.map((lane) => {
      const own = news.filter((one) => one.lane === lane);
      return {
        rows: own.flatMap(({ rows }) => rows),
        seen: own.flatMap(({ seen }) => seen ?? []),
        error: own.find(({ error }) => error !== null)?.error,
      };
    }),
  };
}

async function alone(recipe: CheckedRecipe) {
  const { config, parameters } = await base(recipe);
  const run = await openRun(recipe, await openDevice(), config, parameters);
  const observer = await observe(run, PROMPT);
  const look = async () => ({ ...(await observer.evaluate()), samples: await observer.samples() });
  const seen = [await look()];
  const rows = await run.advance(3);
  seen.push(await look());
  rows.push(...(await run.advance(2)));
  seen.push(await look());
  return { rows, seen, digest: await parametersDigest(run) };
}

it('arms, options, columns and seeds at once have the bits of runs of their own', async () => {
  const arms = [
    { name: 'sigmoid' },
    { name: 'sigmoid', parameters: { beta: 0.5 } },
    { name: 'sigmoid', options: { ld_alpha: 0.3, weighting: true } },
    {
      name: 'cdpo',
      formula: 'loss = -strength * log_sigmoid(beta * (logp_w - logp_l - gap))',
      own: { gap: 2 },
    },
  ];
  const recipes = [3, 8].flatMap((seed) => arms.map((objective) => recipeOf(objective, seed)));
  const { lanes, digests } = await race(await openAll(recipes, await openDevice()));
  for (const [i, recipe] of recipes.entries()) {
    const { digest, ...own } = await alone(recipe);
    expect(lanes[i], `run ${i}`).toEqual({ ...own, error: undefined });
    expect(digests[i], `run ${i}`).toBe(digest);
  }
});

it('a reference that moves, other pairs, a running mean and ties are each run’s own', async () => {
  const arms = ['sigmoid', 'kto', 'bco', 'cdpo'].map((name) => ({ name }));
  const labels = { rule: 'short', count: 24, labeler: 'oracle' };
  const loop = { ...LOOP, sync_ref_model: true, ref_model_sync_steps: 2 };
  const recipes = [3, 8].flatMap((seed) =>
    arms.map((objective) => smallChecked({ objective, seed, loop, labels })),
  );
  const block = await openAll(recipes, await openDevice());
  const ties = block.first.map(({ unused }) => unused.ties);
  expect(ties.slice(0, 2).every((count) => count > 0) && ties[3] === 0).toBe(true);
  const { lanes, digests } = await race(block);
  for (const [i, recipe] of recipes.entries()) {
    const { digest, ...own } = await alone(recipe);
    expect(lanes[i], `run ${i}`).toEqual({ ...own, error: undefined });
    expect(digests[i], `run ${i}`).toBe(digest);
  }
});

it('a run that fails leaves the others be, and no infinity comes from one arm to another', async () => {
  const failing = { name: 'sigmoid', formula: 'loss = log(logp_w) * beta' };
  // at a log-prob of 0, which this arm sees in the others' place, its slope is infinite
  const steep = { name: 'sigmoid', formula: 'loss = -sqrt(-logp_l) - beta * log(-logp_w)' };
  const recipes = [failing, { name: 'ipo' }, steep].map((objective) => recipeOf(objective, 3));
  const { lanes } = await race(await openAll(recipes, await openDevice()));
  expect(lanes[0]?.error).toBeInstanceOf(NotFiniteError);
  for (const i of [1, 2]) {
    const { rows, seen } = await alone(recipes[i] as CheckedRecipe);
    expect(lanes[i], `run ${i}`).toEqual({ rows, seen, error: undefined });
  }
});

it('a lost device is thrown, not told as a failure of each run', async () => {
  const device = await openDevice();
  const block = await openAll(
    [3, 4].map((seed) => recipeOf({ name: 'ipo' }, seed)),
    device,
  );
  device.run = () => Promise.reject(new DeviceLostError('gone'));
  await expect(block.advance(1)).rejects.toThrow(DeviceLostError);
});

it('blocks hold whole seeds, are of like size, and fit', () => {
  const config = lmConfig('nano', worldNamed('reviews').words.length, worldNamed('reviews').context);
  const jobs = [0, 1, 2, 3, 4].flatMap((seed) =>
    ['sigmoid', 'ipo', 'hinge'].map((name) => ({ recipe: recipeOf({ name }, seed) })),
  );
  const sizes = (limit: number) => blocksOf(jobs, 3, config, limit).map((block) => block.length);
  expect(sizes(Infinity)).toEqual([15]);
  expect(sizes(1)).toEqual(new Array(15).fill(1));
  const all = sizes(40e6);
  expect(all.length).toBeGreaterThan(1);
  expect(all.reduce((sum, size) => sum + size)).toBe(15);
  expect(all.every((size) => size % 3 === 0)).toBe(true);
});
