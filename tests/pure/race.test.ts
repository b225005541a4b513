// A race: what may race, in which order the runs come, what the table says of made-up results, and how it is told.
import { expect, test } from 'vitest';
import { bandOf } from '../../src/charts/bands.ts';
import type { ErrorData } from '../../src/base/errors.ts';
import type { BackendName } from '../../src/engine/backend.ts';
import { objectives } from '../../src/objectives/index.ts';
import { NO_OPTIONS } from '../../src/objectives/options.ts';
import type { Arm, ArmResult } from '../../src/runs/race/race.ts';
import { raceIssues, raceJobs, raceSeeds, raceTable } from '../../src/runs/race/race.ts';
import type { HandleListener } from '../../src/session/trainer-handle.ts';
import type { PoolHandle } from '../../src/session/pool.ts';
import { RunPool } from '../../src/session/pool.ts';
import type { TrainerEvent } from '../../src/session/protocol.ts';
import type { ArmDraft, Shared } from '../../src/state/race/race-arms.ts';
import {
  armHash,
  armNames,
  armOfHash,
  armRecipe,
  defaultParameters,
} from '../../src/state/race/race-arms.ts';
import {
  differences,
  recipesAsJson,
  restsOn,
  tableAsMarkdown,
  trainedOn,
  writeP,
} from '../../src/state/race/race-text.ts';
import { checkRecipe, recipeOf, worldNamed } from '../support/worlds.ts';

const shared: Shared = {
  size: 'nano',
  rule: 'positive',
  count: 20,
  noise: 0.1,
  steps: 40,
  batch: 4,
  seeds: 3,
  seed: 7,
  sync_ref_model: false,
  ref_model_mixup_alpha: 0.6,
  ref_model_sync_steps: 20,
  backend: 'wasm',
};

function draft(objective: string, change: Partial<ArmDraft> = {}): ArmDraft {
  const parameters = defaultParameters(objectives.get(objective)?.parameters ?? {});
  return { id: 0, objective, parameters, lr: 1e-3, formula: null, own: {}, options: NO_OPTIONS, ...change };
}

function arm(name: string, objective = name, change: Partial<Shared> = {}): Arm {
  return { name, recipe: recipeOf(armRecipe('reviews', draft(objective), { ...shared, ...change })).recipe };
}

const row = (value: number): ArmResult['metrics'][number] => ({
  step: 1,
  epoch: 0,
  learning_rate: 0,
  loss: 0,
  grad_norm: 0,
  'rewards/chosen': 0,
  'rewards/rejected': 0,
  'rewards/margins': 0,
  'rewards/accuracies': value,
  'logps/chosen': -value,
  'logps/rejected': 0,
});

/** A finished run whose held-out accuracy and batch accuracy are `value`. */
function result(name: string, seed: number, value: number): ArmResult {
  const samples = { step: 40, prompt: '', before: [], after: [], scoresBefore: {}, scoresAfter: {} };
  const evaluation = { step: 40, accuracies: { positive: value }, pairs: {}, kl: value, entropy: 1 };
  return {
    arm: name,
    seed,
    metrics: [row(9), ...Array.from({ length: 10 }, () => row(value))],
    evaluations: [evaluation],
    samples,
  };
}

test('arms may differ in objective and optimiser only', () => {
  expect(raceIssues([arm('sigmoid'), arm('ipo')])).toEqual([]);
  expect(raceIssues([arm('sigmoid')]).map(({ code }) => code)).toEqual(['race/arms']);
  expect(raceIssues(Array.from({ length: 7 }, (_, i) => arm(`a${i}`, 'ipo')))).toHaveLength(1);
  expect(raceIssues([arm('ipo'), arm('ipo')]).map(({ code }) => code)).toEqual(['race/name']);
  const [unlike] = raceIssues([arm('ipo'), arm('simpo', 'simpo', { count: 21 })]);
  expect(unlike).toMatchObject({ code: 'race/unlike', at: 'simpo.labels' });
});

test('runs come seed by seed, and arms share the seeds', () => {
  const jobs = raceJobs([arm('sigmoid'), arm('ipo')], raceSeeds(4294967295, 2));
  expect(jobs.map(({ arm: name, seed }) => [name, seed])).toEqual([
    ['sigmoid', 4294967295],
    ['ipo', 4294967295],
    ['sigmoid', 0],
    ['ipo', 0],
  ]);
  expect(jobs.every(({ seed, recipe }) => recipe.seed === seed)).toBe(true);
});

test('the table rests on the seeds that every arm has finished', () => {
  const arms = [arm('sigmoid'), arm('ipo')];
  const results = [0, 1, 2, 3].flatMap((seed) => [
    result('sigmoid', seed, 0.8 + seed / 1000),
    ...(seed === 2 ? [] : [result('ipo', seed, 0.6 - seed / 1000)]),
  ]);
  const table = raceTable(arms, results, worldNamed('reviews'));
  expect(table.seeds).toEqual([0, 1, 3]);
  const heldOut = table.rows.find(({ metric }) => metric === 'heldout/accuracy');
  expect(heldOut?.arms['sigmoid']).toMatchObject({ n: 3 });
  expect(heldOut?.arms['sigmoid']?.mean).toBeCloseTo(0.8 + 4 / 3000, 12);
  expect(heldOut?.comparisons).toHaveLength(1);
  expect(heldOut?.comparisons[0]).toMatchObject({ a: 'sigmoid', b: 'ipo', different: true });
  // the last ten steps only: the first row of the made-up log is far off
  const batch = table.rows.find(({ metric }) => metric === 'rewards/accuracies');
  expect(batch?.arms['ipo']?.mean).toBeCloseTo(0.6 - 4 / 3000, 12);
  // entropy is the same for all: nothing is shown
  const entropy = table.rows.find(({ metric }) => metric === 'entropy');
  expect(differences(entropy?.comparisons ?? [])).toEqual([]);
  expect(differences(heldOut?.comparisons ?? [])).toEqual([
    expect.stringMatching(/^sigmoid and ipo differ, p (under )?0\./),
  ]);
  expect(restsOn(table)).toContain('3 seeds (0, 1 and 3)');
  expect(restsOn(table)).toContain('Holm');
  const markdown = tableAsMarkdown(table, arms, 'WASM').split('\n');
  expect(markdown.join(' ')).toContain('Swayground, WASM.');
  expect(markdown[0]).toBe('| metric | sigmoid | ipo | differences |');
  expect(markdown.filter((line) => line.startsWith('|'))).toHaveLength(2 + table.rows.length);
});

test('one seed gives no interval and no difference', () => {
  const results = [result('sigmoid', 0, 1), result('ipo', 0, 0)];
  const table = raceTable([arm('sigmoid'), arm('ipo')], results, worldNamed('reviews'));
  expect(restsOn(table)).toContain('One seed');
  expect(table.rows.flatMap(({ comparisons }) => differences(comparisons))).toEqual([]);
  expect(tableAsMarkdown(table, [arm('sigmoid'), arm('ipo')], 'WASM')).toContain('± unknown');
});

test('what trained the runs is told in words', () => {
  const on = (...backends: (BackendName | null)[]) => trainedOn(backends.map((backend) => ({ backend })));
  expect(on('wasm', 'wasm', null)).toBe('WASM');
  expect(on('webgpu', 'wasm')).toBe('WebGPU and WASM');
});

test('p-values are written short', () => {
  expect([0, 0.00042, 0.0034, 0.0349].map(writeP)).toEqual([
    'p under 0.001',
    'p under 0.001',
    'p 0.0034',
    'p 0.035',
  ]);
});

test('arms with the same objective are named by what differs', () => {
  const beta = (value: number): ArmDraft => draft('sigmoid', { parameters: { beta: value } });
  expect(armNames([draft('sigmoid'), draft('ipo')])).toEqual(['sigmoid', 'ipo']);
  expect(armNames([beta(0.1), draft('ipo'), beta(0.5)])).toEqual([
    'sigmoid, beta 0.1',
    'ipo',
    'sigmoid, beta 0.5',
  ]);
  const own = draft('sigmoid', { formula: 'loss = -beta * logp_w' });
  expect(armNames([draft('sigmoid'), own])).toEqual(['sigmoid', 'sigmoid (own)']);
  const options = { ...NO_OPTIONS, ld_alpha: 0.5, weighting: true };
  expect(armNames([draft('sigmoid'), draft('sigmoid', { options })])).toEqual([
    'sigmoid',
    'sigmoid (ld_alpha 0.5, use_weighting)',
  ]);
  // the very same arm twice is for raceIssues to refuse
  expect(new Set(armNames([beta(0.1), beta(0.1)])).size).toBe(1);
});

test('an arm with a formula and numbers of its own comes by address and makes a recipe', () => {
  const own = draft('simpo', {
    formula: 'loss = -log_sigmoid(beta * logp_w - slack)',
    own: { slack: 2 },
    options: { ...NO_OPTIONS, weighting: true },
  });
  expect(armOfHash(armHash(own))).toEqual({ ...own, id: undefined });
  for (const hash of [
    '',
    '#arm=',
    '#arm=%',
    '#arm=1',
    '#arm={"objective":"ipo","parameters":{"beta":"1"},"lr":1}',
    '#arm={"objective":"ipo","parameters":{"beta":1},"lr":1,"options":{}}',
  ])
    expect(armOfHash(hash)).toBeNull();
  const checked = checkRecipe(armRecipe('reviews', own, shared));
  expect(checked).toMatchObject({
    ok: true,
    value: { recipe: { objective: { parameters: { beta: 2 }, options: { weighting: true } } } },
  });
});

test('copied recipes are checked recipes with names', () => {
  const { arms } = JSON.parse(recipesAsJson([arm('sigmoid'), arm('ipo')])) as { arms: Arm[] };
  expect(arms.map(({ name }) => name)).toEqual(['sigmoid', 'ipo']);
  expect(arms.every(({ recipe }) => checkRecipe(recipe).ok)).toBe(true);
});

test('a band is the mean and the range, over what is finite', () => {
  const band = bandOf([
    { steps: [0, 10, 20], values: [0, 1, NaN] },
    { steps: [0, 10], values: [2, 4] },
  ]);
  expect(band).toEqual({ steps: [0, 10], mean: [1, 2.5], low: [0, 1], high: [2, 4] });
});

/** A handle whose run is done one event after `train`, unless it is paused; recipe 'bad' does not open. */
class PretendedHandle implements PoolHandle {
  static calls: string[] = [];
  #recipe = '';
  #asked = 0;

  constructor(private readonly listener: HandleListener) {}

  open({ recipe }: { recipe: unknown }): ReturnType<PoolHandle['open']> {
    this.#recipe = String(recipe);
    PretendedHandle.calls.push(`open ${this.#recipe}`);
    const error: ErrorData = { name: 'StateError', message: 'no' };
    const report = {
      backend: 'wasm',
      description: '',
      compiling: null,
      whyNot: null,
      arenaBytes: 0,
      parameters: 0,
    } as const;
    return Promise.resolve(
      this.#recipe === 'bad' ? { ok: false, error } : { ok: true, value: { ...report } },
    );
  }

  call = ((what: string) => {
    PretendedHandle.calls.push(`${what} ${this.#recipe}`);
    const asked = ++this.#asked;
    if (what === 'train') setTimeout(() => asked === this.#asked && this.listener.event(finished), 5);
    return Promise.resolve({ ok: true, value: null });
  }) as unknown as PoolHandle['call'];

  stop(): void {
    PretendedHandle.calls.push('stop');
  }
}

const finished: TrainerEvent = {
  runId: '',
  kind: 'progress',
  progress: {
    phase: 'finished',
    step: 1,
    steps: 1,
    stepsPerSecond: null,
    tokensPerSecond: null,
    pairs: 1,
    unused: { ties: 0, bothBad: 0 },
  },
};

test('the pool runs every job, survives a failed one, stops and goes on', async () => {
  const over: string[] = [];
  let say = (): void => undefined;
  const empty = new Promise<void>((resolve) => (say = resolve));
  const pool = new RunPool(
    ['a', 'bad', 'b', 'c'].map((recipe) => ({ recipe })),
    2,
    { site: '', backend: 'wasm', prompt: '' },
    {
      event: () => undefined,
      over: ({ recipe }, error) => over.push(error ? `${recipe}: ${error.message}` : recipe),
      empty: () => say(),
    },
    (listener) => new PretendedHandle(listener),
  );
  expect(pool.workers).toBe(2);
  pool.start();
  await new Promise((resolve) => setTimeout(resolve, 1));
  pool.stop();
  await new Promise((resolve) => setTimeout(resolve, 30));
  expect(over).toEqual(['bad: no']);
  pool.goOn();
  await empty;
  expect([...over].sort()).toEqual(['a', 'b', 'bad: no', 'c']);
  expect(PretendedHandle.calls.filter((call) => call === 'stop')).toHaveLength(2);
});
