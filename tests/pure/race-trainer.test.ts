/** A race's worker and the pool before it, on real WASM devices that pass for WebGPU: news of each run, pause, loss, words. */
import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { BUILD } from '../../src/base/build.ts';
import { BackendUnavailableError, DeviceLostError } from '../../src/base/errors.ts';
import type { Device } from '../../src/engine/backend.ts';
import { openWasm } from '../../src/engine/wasm/index.ts';
import type { HandleListener } from '../../src/session/trainer-handle.ts';
import type { PoolHandle } from '../../src/session/pool.ts';
import type { RaceApi, TrainerEvent } from '../../src/session/protocol.ts';
import type { RaceWay } from '../../src/session/race-pool.ts';
import { RacePool } from '../../src/session/race-pool.ts';
import { createRaceTrainer } from '../../src/session/race-trainer.ts';
import { createTrainer } from '../../src/session/trainer.ts';
import { smallRecipe } from '../support/small-run.ts';
import { nothingKept } from '../support/trainer-bench.ts';

const openWasmHere = (): Promise<Device> => openWasm(() => readFile('src/engine/wasm/kernels.wasm'));

/** WASM under another name, lost after so many runs of the training program. */
async function pretended(runs = Infinity, largestArena = Infinity): Promise<Device> {
  const device = await openWasmHere();
  let left = runs;
  return {
    ...device,
    info: { backend: 'webgpu', description: 'a pretended one', software: false, largestArena },
    get arenaBytes() {
      return device.arenaBytes;
    },
    run: async (program, feeds) => {
      if (program === 'train' && left-- <= 0) throw new DeviceLostError('the driver was reset');
      return device.run(program, feeds);
    },
  };
}

const around = (webgpu: () => Promise<Device>) => ({
  openDevice: (backend: string) => (backend === 'webgpu' ? webgpu() : openWasmHere()),
  loadBase: () => Promise.reject(new Error('this recipe starts fresh')),
  now: () => performance.now(),
  pause: () => new Promise<void>((resolve) => setImmediate(resolve)),
});

const JOBS = [1, 2].flatMap((seed) =>
  ['sigmoid', 'ipo'].map((name) => ({
    name: `${name} ${seed}`,
    recipe: smallRecipe({ objective: { name }, seed, loop: { steps: 4, batch: 4, evaluate_every: 2 } }),
  })),
);
const REQUEST = { runId: 'r', site: '', recipe: JOBS.map(({ recipe }) => recipe), prompt: 'phone-1' };

/** A handle without a worker: the trainer itself behind it. */
function direct(api: RaceApi, listener: HandleListener): PoolHandle {
  let runs = 0;
  api.subscribe((event) => listener.event(event), BUILD);
  return {
    open: (options) => api.open({ runId: `run-${++runs}`, ...options }),
    call: ((what: 'train' | 'pause') => api[what](`run-${runs}`)) as PoolHandle['call'],
    stop: () => void api.close(),
  };
}

interface Told {
  ways: RaceWay[];
  events: [name: string, TrainerEvent][];
  over: [name: string, string][];
  again: string[];
}

/** Races all jobs; `during` may act on the pool at each event. */
async function race(
  backend: 'auto' | 'webgpu' | 'wasm',
  webgpu: () => Promise<Device>,
  during: (pool: RacePool<(typeof JOBS)[0]>, told: Told) => void = () => undefined,
): Promise<Told> {
  const told: Told = { ways: [], events: [], over: [], again: [] };
  await new Promise<void>((resolve) => {
    const pool = new RacePool(
      JOBS,
      { site: '', backend, prompt: 'phone-1', workers: 2 },
      {
        way: (way) => told.ways.push(way),
        event: ({ name }, event) => {
          told.events.push([name, event]);
          during(pool, told);
        },
        over: ({ name }, error) => told.over.push([name, error?.message ?? '']),
        again: ({ name }) => told.again.push(name),
        empty: () => resolve(),
      },
      {
        race: (listener) => direct(createRaceTrainer(around(webgpu)), listener),
        single: (listener) => direct(createTrainer({ ...around(webgpu), openKeeper: nothingKept }), listener),
      },
    );
    pool.start();
  });
  return told;
}

const NAMES = JOBS.map(({ name }) => name);
const steps = (told: Told, name: string): number[] =>
  told.events.flatMap(([whose, event]) =>
    whose === name && event.kind === 'metrics' ? event.rows.map(({ step }) => step) : [],
  );

it('side by side every run tells all its steps, what is seen, and its end', async () => {
  const told = await race('auto', () => pretended());
  expect(told.ways).toEqual([{ backend: 'webgpu', description: 'a pretended one', workers: 1, why: '' }]);
  expect(told.over).toEqual(NAMES.map((name) => [name, '']));
  for (const name of NAMES) {
    expect(steps(told, name)).toEqual([1, 2, 3, 4]);
    const seen = told.events.flatMap(([whose, event]) =>
      whose === name && event.kind === 'evaluation' ? [event.evaluation.step] : [],
    );
    expect(seen).toEqual([0, 2, 4]);
  }
});

it('an arena too small for all makes several blocks, one after the other', async () => {
  const told = await race('webgpu', () => pretended(Infinity, 8e6));
  const firstOf = (name: string) => told.events.findIndex(([whose]) => whose === name);
  const lastOf = (name: string) => told.events.findLastIndex(([whose]) => whose === name);
  expect(firstOf('sigmoid 2')).toBeGreaterThan(lastOf('sigmoid 1'));
  expect(told.over).toEqual(NAMES.map((name) => [name, '']));
});

it('a lost device moves what is not through to WASM, from the beginning, and says so', async () => {
  const told = await race('webgpu', () => pretended(2));
  expect(told.ways.map(({ backend }) => backend)).toEqual(['webgpu', 'wasm']);
  expect(told.ways[1]?.why).toContain('the driver was reset');
  expect(told.again).toEqual(NAMES);
  expect(told.over.map(([name]) => name).sort()).toEqual([...NAMES].sort());
  for (const name of NAMES) expect(steps(told, name).slice(-4)).toEqual([1, 2, 3, 4]);
});

it('without WebGPU the runs go one by one, and the reason is told', async () => {
  const none = () => Promise.reject(new BackendUnavailableError('This browser has no WebGPU.'));
  for (const backend of ['auto', 'webgpu'] as const) {
    const told = await race(backend, none);
    expect(told.ways).toEqual([
      { backend: 'wasm', description: '', workers: 2, why: 'This browser has no WebGPU.' },
    ]);
    expect(told.over).toHaveLength(4);
  }
  expect((await race('wasm', none)).ways[0]?.why).toBe('');
});

it('stopped, nothing moves; then it goes on to the end', async () => {
  let stoppedAt = 0;
  const told = await race(
    'webgpu',
    () => pretended(),
    (pool, { events }) => {
      if (stoppedAt > 0 || !events.some(([, event]) => event.kind === 'metrics')) return;
      pool.stop();
      stoppedAt = events.length;
      setTimeout(() => {
        const before = events.length;
        setTimeout(() => {
          expect(events.length, 'events while stopped').toBe(before);
          pool.goOn();
        }, 300);
      }, 300);
    },
  );
  expect(stoppedAt).toBeGreaterThan(0);
  expect(told.over).toEqual(NAMES.map((name) => [name, '']));
});

it('a mistake in a recipe, and a race that is not open, are answers and no throws', async () => {
  const trainer = createRaceTrainer(around(() => pretended()));
  const wrong = await trainer.open({
    ...REQUEST,
    backend: 'auto',
    recipe: [{ version: 1, world: 'nowhere' }],
  });
  expect(wrong).toMatchObject({ ok: false, error: { name: 'InvalidInputError' } });
  expect(await trainer.train('r')).toMatchObject({ ok: false, error: { name: 'StateError' } });
  expect(await trainer.open({ ...REQUEST, backend: 'auto' })).toMatchObject({ ok: true });
  expect(await trainer.loseDevice('r')).toMatchObject({ ok: false, error: { name: 'StateError' } });
  await trainer.close();
});
