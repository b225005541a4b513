/** The trainer behind the worker's port, on real WASM devices, without a worker: phases, commands, recovery, refusals. */
import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { BUILD } from '../../src/base/build.ts';
import { BackendUnavailableError, DeviceLostError } from '../../src/base/errors.ts';
import type { Device } from '../../src/engine/backend.ts';
import { openWasm } from '../../src/engine/wasm/index.ts';
import type { OpenRequest, Reply, TrainerApi, TrainerEvent } from '../../src/session/protocol.ts';
import { createTrainer } from '../../src/session/trainer.ts';
import { smallRecipe } from '../support/small-run.ts';

const openDevice = (): Promise<Device> => openWasm(() => readFile('src/engine/wasm/kernels.wasm'));

/** Loses the device after so many training runs: every method throws from then on, as a lost GPU's does. */
async function fragile(runs: number): Promise<Device> {
  const device = await openDevice();
  let left = runs;
  const check = (): void => {
    if (left <= 0) throw new DeviceLostError('the driver was reset');
  };
  return {
    ...device,
    info: { backend: 'webgpu', description: 'a device that is lost', software: false },
    get arenaBytes() {
      return device.arenaBytes;
    },
    run: async (program, feeds) => {
      if (program === 'train') left -= 1;
      check();
      return device.run(program, feeds);
    },
    read: async (state) => {
      check();
      return device.read(state);
    },
  };
}

interface Bench {
  trainer: TrainerApi;
  events: TrainerEvent[];
  /** Resolves at the next event that fits. */
  until(fits: (event: TrainerEvent) => boolean): Promise<TrainerEvent>;
}

function bench(webgpu: () => Promise<Device>): Bench {
  const events: TrainerEvent[] = [];
  const waiting: { fits: (event: TrainerEvent) => boolean; resolve: (event: TrainerEvent) => void }[] = [];
  let clock = 0;
  const trainer = createTrainer({
    openDevice: (backend) => (backend === 'webgpu' ? webgpu() : openDevice()),
    loadBase: () => Promise.reject(new Error('this recipe starts fresh')),
    now: () => (clock += 5),
    pause: () => new Promise((resolve) => setImmediate(resolve)),
  });
  trainer.subscribe((event) => {
    events.push(event);
    waiting.filter(({ fits }) => fits(event)).forEach(({ resolve }) => resolve(event));
  }, BUILD);
  return { trainer, events, until: (fits) => new Promise((resolve) => waiting.push({ fits, resolve })) };
}

const noGpu = (): Promise<Device> =>
  Promise.reject(new BackendUnavailableError('This browser has no WebGPU.'));
const request = (changes: Partial<OpenRequest> = {}): OpenRequest => ({
  runId: 'r1',
  site: 'http://localhost/',
  recipe: smallRecipe(),
  backend: 'auto',
  prompt: 'phone-1',
  ...changes,
});
const inPhase = (phase: string) => (event: TrainerEvent) =>
  event.kind === 'progress' && event.progress.phase === phase;

function value<T>(reply: Reply<T>): T {
  if (!reply.ok) throw new Error(reply.error.message);
  return reply.value;
}
function message(reply: Reply<unknown>): string {
  if (reply.ok) throw new Error('expected a refusal');
  return reply.error.message;
}

it('falls back to WASM, and says why', async () => {
  const { trainer } = bench(noGpu);
  const report = value(await trainer.open(request()));
  expect(report.backend).toBe('wasm');
  expect(report.whyNot).toBe('This browser has no WebGPU.');
});

it('trains to the end, reporting every step once and in order', async () => {
  const { trainer, events, until } = bench(noGpu);
  value(await trainer.open(request()));
  const finished = until(inPhase('finished'));
  value(await trainer.train('r1'));
  await finished;
  const steps = events.flatMap((e) => (e.kind === 'metrics' ? e.rows.map((r) => r.step) : []));
  expect(steps).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  const evaluated = events.flatMap((e) => (e.kind === 'evaluation' ? [e.evaluation.step] : []));
  expect(evaluated).toEqual([0, 4, 8, 12]);
  expect(message(await trainer.train('r1'))).toMatch(/All 12 steps are done/);
});

it('pauses between slices, steps once, resets', async () => {
  const { trainer, events, until } = bench(noGpu);
  value(await trainer.open(request()));
  const stepped = until(inPhase('paused'));
  value(await trainer.step('r1'));
  await stepped;
  const lastStep = (): number => {
    const last = events.findLast((e) => e.kind === 'progress');
    return last?.kind === 'progress' ? last.progress.step : NaN;
  };
  expect(lastStep()).toBe(1);
  value(await trainer.train('r1'));
  value(await trainer.pause('r1'));
  const paused = lastStep();
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(lastStep()).toBe(paused);
  value(await trainer.reset('r1'));
  expect(lastStep()).toBe(0);
});

it('a lost device in mid-run: the run moves on and ends with the same bits', async () => {
  const recipe = smallRecipe({ loop: { steps: 40, batch: 4, evaluate_every: 10 } });
  const rowsOf = async (
    webgpu: () => Promise<Device>,
  ): Promise<{ rows: Map<number, number>; events: TrainerEvent[] }> => {
    const { trainer, events, until } = bench(webgpu);
    value(await trainer.open(request({ recipe })));
    const finished = until(inPhase('finished'));
    value(await trainer.train('r1'));
    await finished;
    const rows = events.flatMap((e) =>
      e.kind === 'metrics' ? e.rows.map((r) => [r.step, r.loss] as const) : [],
    );
    return { rows: new Map(rows), events };
  };
  const undisturbed = await rowsOf(noGpu);
  let opened = 0;
  const disturbed = await rowsOf(() => (opened++ === 0 ? fragile(4) : noGpu()));
  expect(disturbed.rows).toEqual(undisturbed.rows);
  const moved = disturbed.events.find((e) => e.kind === 'backend');
  expect(moved?.kind === 'backend' && moved.message).toMatch(
    /lost \(the driver was reset\); the run moved to WASM .* from step \d+/,
  );
});

it('a recipe with mistakes comes back as issues, and nothing is open', async () => {
  const { trainer } = bench(noGpu);
  const reply = await trainer.open(
    request({ recipe: { version: 1, world: 'reviews', loop: { steps: -1 } } }),
  );
  expect(!reply.ok && reply.error.issues?.[0]?.at).toBe('loop.steps');
  expect(message(await trainer.train('r1'))).toMatch(/not open/);
});

it('refuses commands for an older run', async () => {
  const { trainer } = bench(noGpu);
  value(await trainer.open(request()));
  value(await trainer.open(request({ runId: 'r2' })));
  expect(message(await trainer.step('r1'))).toMatch(/not open any more/);
  value(await trainer.step('r2'));
});

it('numbers and labels change while a run is open; a bad number changes nothing', async () => {
  const { trainer } = bench(noGpu);
  value(await trainer.open(request()));
  value(await trainer.setNumber('r1', 'optimiser.lr', 1e-3));
  const reply = await trainer.setNumber('r1', 'optimiser.lr', 50);
  expect(!reply.ok && reply.error.issues?.[0]?.at).toBe('optimiser.lr');
  expect(message(await trainer.setNumber('r1', 'loop.batch', 8))).toMatch(/needs a new run/);
  expect(
    value(await trainer.setLabels('r1', { recorded: [], count: 50, noise: 0, rule: 'short' })).pairs,
  ).toBeGreaterThan(30);
  expect(message(await trainer.setLabels('r1', { recorded: [], count: 0, noise: 0, rule: 'loud' }))).toMatch(
    /labels\.rule/,
  );
});

it('another objective is live from the next step, over the same policy and the same order of pairs', async () => {
  const { trainer, events } = bench(noGpu);
  value(await trainer.open(request()));
  value(await trainer.step('r1'));
  value(await trainer.step('r1'));
  const own = {
    name: 'sigmoid',
    formula: 'loss = 0 * beta - gamma * position_weighted\nposition_weighted = 1',
    own: { gamma: 2 },
  };
  const refused = await trainer.setObjective('r1', own);
  expect(!refused.ok && refused.error.issues?.[0]?.at).toBe('objective.formula, line 1, column 27');
  const formula = 'loss = -gamma * log_sigmoid(mean_t(logp_w[t] / position_w[t]) - mean_t(logp_l[t]))';
  expect(value(await trainer.setObjective('r1', { ...own, formula }))).toEqual({ step: 3 });
  value(await trainer.setNumber('r1', 'objective.own.gamma', 0));
  value(await trainer.step('r1'));
  const rows = events.flatMap((e) => (e.kind === 'metrics' ? e.rows : []));
  expect(rows.map(({ step }) => step)).toEqual([1, 2, 3]);
  expect(rows[2]?.loss).toBeCloseTo(0, 12); // by gamma = 0
  value(await trainer.setObjective('r1', { name: 'sigmoid' }));
  value(await trainer.step('r1'));
  const unchanged = bench(noGpu);
  value(await unchanged.trainer.open(request()));
  for (let step = 1; step <= 4; step++) value(await unchanged.trainer.step('r1'));
  const last = events.findLast((e) => e.kind === 'metrics');
  const same = unchanged.events.findLast((e) => e.kind === 'metrics');
  if (last?.kind !== 'metrics' || same?.kind !== 'metrics') throw new Error('no step was reported');
  expect(last.rows[0]?.['logps/chosen']).not.toBe(same.rows[0]?.['logps/chosen']);
  expect(last.rows[0]?.['logps/chosen']).toBeCloseTo(same.rows[0]?.['logps/chosen'] as number, 0);
  expect(last.pairs?.chosen).toHaveLength(4);
  const margins = last.pairs?.chosen.map((w, i) => w - (last.pairs?.rejected[i] as number)) ?? [];
  expect((0.1 * margins.reduce((a, b) => a + b)) / 4).toBeCloseTo(
    last.rows[0]?.['rewards/margins'] as number,
    3,
  );
});

it('explains itself when there is nothing to learn from', async () => {
  const { trainer } = bench(noGpu);
  value(await trainer.open(request({ recipe: smallRecipe({ labels: { rule: 'positive', count: 0 } }) })));
  expect(message(await trainer.train('r1'))).toMatch(/Label a pair first/);
});

it('answers questions about responses', async () => {
  const { trainer } = bench(noGpu);
  value(await trainer.open(request()));
  const pair = value(await trainer.samplePair('r1', 'movie-1', 0));
  expect(pair.a).not.toEqual(pair.b);
  const tokens = value(await trainer.tokens('r1', 'movie-1', pair.a));
  expect(tokens.logps).toHaveLength(pair.a.length);
  expect(value(await trainer.follow('r1', 'movie-1')).ranking.prompt).toBe('movie-1');
});

it('refuses a page of another build, and says both builds and what to do', () => {
  const { trainer } = bench(noGpu);
  expect(() => trainer.subscribe(() => undefined, 'another')).toThrow(
    /page is of build another .* trainer of build unbuilt\. Reload the page/,
  );
});
