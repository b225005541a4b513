/** What a change to a run costs: which programs are built, how often they are loaded, how often a formula is read; and its bits. */
import { readFile } from 'node:fs/promises';
import { beforeEach, expect, it, vi } from 'vitest';
import type { Device } from '../../src/engine/backend.ts';
import type { Graph } from '../../src/engine/graph.ts';
import { openWasm } from '../../src/engine/wasm/index.ts';
import type { Choice } from '../../src/labelers/labeler.ts';
import { lmConfig } from '../../src/models/lm/config.ts';
import { initialParameters } from '../../src/models/lm/initialise.ts';
import { changeLabels, changeLoop, changeNumber, changeObjective } from '../../src/recipes/change.ts';
import type { CheckedRecipe } from '../../src/recipes/check.ts';
import { sureOf } from '../../src/recipes/check.ts';
import { replay } from '../../src/runs/replay.ts';
import type { Run } from '../../src/runs/runner.ts';
import { openRun } from '../../src/runs/runner.ts';
import type * as Parse from '../../src/formulas/parse.ts';
import { parametersDigest, smallChecked } from '../support/small-run.ts';

const parsing = vi.hoisted(() => ({ count: 0 }));
vi.mock('../../src/formulas/parse.ts', async (original) => {
  const real = await original<typeof Parse>();
  const parse: typeof real.parse = (text) => (parsing.count++, real.parse(text));
  return { ...real, parse };
});

interface Counted {
  loads: number;
  /** Names of programs that were never loaded before, in the order of their loads. */
  built: string[];
}

async function counting(): Promise<{ device: Device; counted: Counted }> {
  const device = await openWasm(() => readFile('src/engine/wasm/kernels.wasm'));
  const counted: Counted = { loads: 0, built: [] };
  const known = new Set<Graph>();
  const load = device.load.bind(device);
  device.load = (programs) => {
    counted.loads++;
    for (const [name, graph] of Object.entries(programs)) {
      if (!known.has(graph)) counted.built.push(name);
      known.add(graph);
    }
    return load(programs);
  };
  return { device, counted };
}

const labelled = (choices: readonly Choice[]) => ({
  rule: 'positive',
  count: 0,
  noise: 0,
  recorded: choices.map((choice, index) => ({
    pair: { kind: 'stock', seed: 0, index, split: 'train' } as const,
    choice,
    source: 'human' as const,
  })),
});
const SIX = ['a', 'b', 'b', 'a', 'a', 'b'] as const;
/** Under this loss, ties train as half. */
const FIRST = smallChecked({ objective: { name: 'cdpo' }, labels: labelled(SIX) });
const OWN = 'loss = -strength * log_sigmoid(beta * (logp_w - ref_w - logp_l + ref_l))';

const config = lmConfig('nano', FIRST.world.words.length, FIRST.world.context);
const base = initialParameters(config, FIRST.recipe.seed);

interface Change {
  name: string;
  to(before: CheckedRecipe): CheckedRecipe;
  /** Programs that are built for it, and how often a formula is read. */
  built: string[];
  parsed: number;
}

const labels = (...choices: Choice[]) => (before: CheckedRecipe): CheckedRecipe =>
  sureOf(changeLabels(before, labelled([...SIX, ...choices]))); // prettier-ignore
const number = (path: string, value: number) => (before: CheckedRecipe): CheckedRecipe =>
  sureOf(changeNumber(before, path, value)); // prettier-ignore

/** One after the other. */
const CHANGES: readonly Change[] = [
  { name: 'a label', to: labels('a'), built: [], parsed: 0 },
  { name: 'the first tie', to: labels('a', 'tie'), built: ['train'], parsed: 0 },
  { name: 'another tie', to: labels('a', 'tie', 'tie'), built: [], parsed: 0 },
  { name: 'an undo', to: labels('a', 'tie'), built: [], parsed: 0 },
  { name: 'another learning rate', to: number('optimiser.lr', 0.002), built: [], parsed: 0 },
  { name: 'another number of the loss', to: number('objective.parameters.beta', 0.3), built: [], parsed: 0 },
  {
    name: 'another formula',
    to: (before) => sureOf(changeObjective(before, { name: 'cdpo', formula: OWN, own: { strength: 2 } })),
    built: ['reward', 'train'],
    parsed: 1,
  },
  { name: 'a number of its own', to: number('objective.own.strength', 1.5), built: [], parsed: 0 },
  {
    name: 'more labels than there was room for',
    to: labels('a', 'tie', ...Array.from({ length: 12 }, (_, i) => (i % 3 === 0 ? 'a' : 'b') as Choice)),
    built: ['train'],
    parsed: 0,
  },
];

beforeEach(() => {
  parsing.count = 0;
});

/** A change, and what it cost. */
async function costOf(run: Run, counted: Counted, { to }: Change): Promise<Counted & { parsed: number }> {
  const before = counted.built.length;
  const loads = counted.loads;
  parsing.count = 0;
  await run.setRecipe(to(run.checked));
  return { loads: counted.loads - loads, built: counted.built.slice(before), parsed: parsing.count };
}

it('a change builds, loads and reads what differs, and nothing else; its bits are those of runs laid out anew', async () => {
  const { device, counted } = await counting();
  const run = await openRun(FIRST, device, config, base);
  expect(counted.loads).toBe(1);
  expect(counted.built).toEqual(expect.arrayContaining(['reward', 'train']));
  expect(counted.built).toHaveLength(16);
  expect(parsing.count).toBe(0);
  await run.advance(2);

  // the same with a device and all programs of its own after every change
  let anew = await openRun(FIRST, (await counting()).device, config, base);
  await anew.advance(2);

  for (const change of CHANGES) {
    const { built, parsed } = change;
    const cost = await costOf(run, counted, change);
    expect(cost, change.name).toEqual({ built, parsed, loads: built.length === 0 ? 0 : 1 });

    const snapshot = await anew.snapshot();
    const other = await counting();
    const from = { story: run.story, snapshot };
    anew = await openRun(change.to(anew.checked), other.device, config, base, { from });
    expect(other.counted.built).toHaveLength(16);
    expect(await run.advance(2), change.name).toEqual(await anew.advance(2));
    expect(await parametersDigest(run), change.name).toBe(await parametersDigest(anew));
  }

  const again = await openRun(FIRST, (await counting()).device, config, base);
  for await (const _ of replay(again, run.story, run.step)) continue;
  expect(await again.receipt()).toEqual(await run.receipt());
  expect(await parametersDigest(again)).toBe(await parametersDigest(run));
});

it('the first time the reference is to move, what moves it is built, and the readers of three models', async () => {
  const { device, counted } = await counting();
  const run = await openRun(FIRST, device, config, base);
  const before = counted.built.length;
  const loop = { ...run.recipe.loop, sync_ref_model: true };
  await run.setRecipe(sureOf(changeLoop(run.checked, loop)));
  const built = counted.built.slice(before);
  expect(built).toContain('sync');
  expect(built).not.toContain('train');
  expect(built).not.toContain('reward');
  const many = counted.built.length;
  await run.setRecipe(sureOf(changeLoop(run.checked, { ...loop, ref_model_sync_steps: 3 })));
  expect([counted.loads, counted.built.length]).toEqual([2, many]);
});
