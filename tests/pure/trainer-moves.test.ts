/** A run that is to train on WebGPU: starts on WASM, moves when it has compiled, survives a loss, stays where that fails. */
import { expect, it } from 'vitest';
import { BackendUnavailableError, DeviceLostError } from '../../src/base/errors.ts';
import type { Device } from '../../src/engine/backend.ts';
import type { TrainerApi, TrainerEvent } from '../../src/session/protocol.ts';
import { bench, inPhase, noGpu, openDevice, request, value } from '../support/trainer-bench.ts';
import { smallRecipe } from '../support/small-run.ts';

interface Compiling {
  device: () => Promise<Device>;
  /** Lets the programs be compiled, or fail to be. */
  settle: (error?: Error) => void;
  disposed: () => boolean;
}

/** Stands in for WebGPU: its programs are compiled when the test says so. */
function compiling(): Compiling {
  let settle: Compiling['settle'] = () => undefined;
  const compiled = new Promise<void>((resolve, reject) => {
    settle = (error) => (error ? reject(error) : resolve());
  });
  compiled.catch(() => undefined); // nobody may be waiting
  let disposed = false;
  const device = async (): Promise<Device> => {
    const inner = await openDevice();
    return {
      ...inner,
      info: { backend: 'webgpu', description: 'a slow compiler', software: false, largestArena: Infinity },
      get arenaBytes() {
        return inner.arenaBytes;
      },
      load: (programs) => compiled.then(() => inner.load(programs)),
      dispose: () => {
        disposed = true;
        inner.dispose();
      },
    };
  };
  return { device, settle: (error) => settle(error), disposed: () => disposed };
}

const isBackend = (event: TrainerEvent) => event.kind === 'backend';
function lossesOf(events: TrainerEvent[]): Map<number, number> {
  const rows = events.flatMap((e) => (e.kind === 'metrics' ? e.rows : []));
  return new Map(rows.map(({ step, loss }) => [step, loss]));
}
function backends(events: TrainerEvent[]): (string | null)[][] {
  return events.flatMap((e) =>
    e.kind === 'backend' ? [[e.report.backend, e.report.compiling, e.report.whyNot, e.message]] : [],
  );
}
/** Its losses when nothing moves. */
async function undisturbed(steps: number, recipe = smallRecipe()): Promise<Map<number, number>> {
  const { trainer, events } = bench(noGpu);
  value(await trainer.open(request({ recipe })));
  for (let i = 0; i < steps; i++) value(await trainer.step('r1'));
  return lossesOf(events);
}
async function steps(trainer: TrainerApi, count: number): Promise<void> {
  for (let i = 0; i < count; i++) value(await trainer.step('r1'));
}

it('trains on WASM at once, and goes on where it compiled from the very next step', async () => {
  const webgpu = compiling();
  const { trainer, events, until } = bench(webgpu.device);
  const report = value(await trainer.open(request()));
  expect(report).toMatchObject({ backend: 'wasm', compiling: 'a slow compiler', whyNot: null });
  await steps(trainer, 5);
  expect(backends(events)).toEqual([]);
  const moved = until(isBackend);
  webgpu.settle();
  await moved;
  expect(backends(events)).toEqual([
    ['webgpu', null, null, 'WebGPU has compiled: training goes on there after step 5.'],
  ]);
  await steps(trainer, 7);
  expect(lossesOf(events)).toEqual(await undisturbed(12));
});

it('labels, numbers and the loss may change while it compiles', async () => {
  const change = async ({ trainer }: { trainer: TrainerApi }): Promise<void> => {
    await steps(trainer, 2);
    value(await trainer.setLabels('r1', { recorded: [], count: 40, noise: 0, rule: 'short' }));
    value(await trainer.setNumber('r1', 'optimiser.lr', 1e-3));
    value(await trainer.setObjective('r1', { name: 'ipo' }));
    await steps(trainer, 2);
  };
  const webgpu = compiling();
  const moving = bench(webgpu.device);
  value(await moving.trainer.open(request()));
  await change(moving);
  const moved = moving.until(isBackend);
  webgpu.settle();
  await moved;
  await steps(moving.trainer, 3);
  const staying = bench(noGpu);
  value(await staying.trainer.open(request()));
  await change(staying);
  await steps(staying.trainer, 3);
  expect(lossesOf(moving.events)).toEqual(lossesOf(staying.events));
});

it('moves in mid-run without a step lost or made twice', async () => {
  const recipe = smallRecipe({ loop: { steps: 60, batch: 4, evaluate_every: 10 } });
  const webgpu = compiling();
  const { trainer, events, until } = bench(webgpu.device);
  value(await trainer.open(request({ recipe, backend: 'webgpu' })));
  const [seventh, finished] = [
    until((e) => e.kind === 'progress' && e.progress.step >= 7),
    until(inPhase('finished')),
  ];
  value(await trainer.train('r1'));
  await seventh;
  webgpu.settle();
  await finished;
  expect(backends(events).map(([backend]) => backend)).toEqual(['webgpu']);
  const made = events.flatMap((e) => (e.kind === 'metrics' ? e.rows.map(({ step }) => step) : []));
  expect(made).toEqual(Array.from({ length: 60 }, (_, i) => i + 1));
  expect(lossesOf(events)).toEqual(await undisturbed(60, recipe));
});

it('stays on WASM and says why when WebGPU refuses the programs', async () => {
  const webgpu = compiling();
  const { trainer, events, until } = bench(webgpu.device);
  value(await trainer.open(request()));
  const told = until(isBackend);
  webgpu.settle(new BackendUnavailableError('WebGPU refuses the kernel matmul.'));
  await told;
  expect(backends(events)).toEqual([
    [
      'wasm',
      null,
      'WebGPU refuses the kernel matmul.',
      'WebGPU could not be made ready; the run stays on WASM. WebGPU refuses the kernel matmul.',
    ],
  ]);
  expect(webgpu.disposed()).toBe(true);
  await steps(trainer, 12);
  expect(lossesOf(events)).toEqual(await undisturbed(12));
});

it('a device that compiles for a run that is over is given back', async () => {
  const webgpu = compiling();
  let opened = 0;
  const { trainer, events } = bench(() => (opened++ === 0 ? webgpu.device() : noGpu()));
  value(await trainer.open(request()));
  value(await trainer.open(request({ runId: 'r2' })));
  expect(webgpu.disposed()).toBe(true);
  webgpu.settle();
  value(await trainer.step('r2'));
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(backends(events)).toEqual([]);
});

/** Loses the device after so many training runs: every method throws from then on, as a lost GPU's does. */
async function fragile(runs: number): Promise<Device> {
  const device = await openDevice();
  let left = runs;
  const check = (): void => {
    if (left <= 0) throw new DeviceLostError('the driver was reset');
  };
  return {
    ...device,
    info: {
      backend: 'webgpu',
      description: 'a device that is lost',
      software: false,
      largestArena: Infinity,
    },
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
  const moved = disturbed.events.find((e) => e.kind === 'backend' && e.report.backend === 'wasm');
  expect(moved?.kind === 'backend' && moved.message).toMatch(
    /lost \(the driver was reset\); the run moved to WASM .* from step \d+/,
  );
});
