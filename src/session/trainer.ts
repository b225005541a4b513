/**
 * The trainer behind the worker's port: one run at a time, in slices between which messages are heard. A run that is to
 * train on WebGPU starts on WASM and moves when WebGPU has compiled. What a slice needs of the outside (clock,
 * checkpoints, devices) comes in as `Surroundings`, so the same code runs in tests.
 */
import {
  BackendUnavailableError,
  DeviceLostError,
  errorToData,
  InvalidInputError,
  NotFiniteError,
  StateError,
} from '../base/errors.ts';
import type { Device } from '../engine/backend.ts';
import type { Base } from '../recipes/base.ts';
import { baseOf } from '../recipes/base.ts';
import type { Observer } from '../recipes/observe.ts';
import { observe } from '../recipes/observe.ts';
import type { Run } from '../recipes/runner.ts';
import { openRun } from '../recipes/runner.ts';
import type { Recipe } from '../recipes/schema.ts';
import { checkRecipe } from '../recipes/schema.ts';
import { worldNamed } from '../worlds/index.ts';
import { changeLabels, changeLoop, changeNumber, changeObjective } from '../recipes/change.ts';
import type { Devices } from './backends.ts';
import { openBackend, reportOf, wasmInstead } from './backends.ts';
import { createPace } from './pace.ts';
import { refuseAnotherBuild } from './same-build.ts';
import type { BackendReport, OpenRequest, Phase, Reply, TrainerApi, TrainerEvent } from './protocol.ts';

export interface TrainerSurroundings extends Devices {
  loadBase(site: string, world: string, size: string): Promise<Base>;
  /** Milliseconds; only for the length of slices and the speeds shown. */
  now(): number;
  /** Resolves after messages that wait have been heard. */
  pause(): Promise<void>;
}

/** What is open. */
interface Session {
  runId: string;
  run: Run;
  observer: Observer;
  report: BackendReport;
  phase: Phase;
  /** What the visitor asked for; a lost device is opened anew by the same wish, once. */
  asked: OpenRequest['backend'];
  lost: boolean;
  /** The device that compiles meanwhile; the run moves there when it is ready. */
  next: Device | null;
}

export function createTrainer(around: TrainerSurroundings): TrainerApi {
  let listener: (event: TrainerEvent) => void = () => undefined;
  let session: Session | null = null;
  /** Everything that touches the device takes its turn here, so that a command never meets a step half done. */
  let turn: Promise<unknown> = Promise.resolve();
  let pace = createPace();

  const emit = (runId: string, event: EventBody): void => listener({ runId, ...event });

  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const next = turn.then(work);
    turn = next.catch(() => undefined);
    return next;
  };

  const reply = async <T>(work: () => Promise<T>): Promise<Reply<T>> => {
    try {
      return { ok: true, value: await work() };
    } catch (error) {
      return { ok: false, error: errorToData(error) };
    }
  };

  /** A command for one run: in turn, refused when the run is not the one that is open, healed when the device is lost. */
  const command = <T>(runId: string, work: (s: Session) => Promise<T>): Promise<Reply<T>> =>
    reply(() =>
      inTurn(async () => {
        const open = session;
        if (open?.runId !== runId) throw new StateError('this run is not open any more; open it again.');
        return withRecovery(open, () => work(open));
      }),
    );

  const withRecovery = async <T>(open: Session, work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      if (!isLoss(open, error)) throw error;
      await recover(open, error.message);
      return work();
    }
  };

  /** The device is gone: WASM takes over from the mirror, and the device asked for is tried once more. */
  const recover = async (open: Session, reason: string): Promise<void> => {
    const { device, next, whyNot } = await (
      open.lost ? wasmInstead(around, 'its device was lost twice.') : openBackend(open.asked, around)
    ).catch((error: unknown) => {
      if (!(error instanceof BackendUnavailableError)) throw error;
      return wasmInstead(around, error.message);
    });
    open.lost = true;
    open.run.device.dispose();
    await open.run.moveTo(device, 'mirror');
    open.next = next;
    const where = device.info.backend === 'wasm' ? 'the run moved to WASM' : 'a new one was opened';
    const message = `The graphics device was lost (${reason}); ${where} and training goes on from step ${open.run.step}.`;
    tellBackend(open, whyNot, message);
    void moveOn(open);
  };

  const tellBackend = (open: Session, whyNot: string | null, message: string | null): void => {
    pace = createPace();
    open.report = reportOf(open.run, open.next, whyNot);
    emit(open.runId, { kind: 'backend', report: open.report, message });
  };

  /** Waits until the next device has compiled, then moves the run there between two slices; it stays where that fails. */
  const moveOn = async (open: Session): Promise<void> => {
    const { run, next } = open;
    if (!next) return;
    const waited = (): boolean => session === open && open.next === next;
    try {
      for (let recipe: Recipe | null = null; waited() && recipe !== run.recipe;) {
        recipe = run.recipe; // labels and formula may change while it compiles
        await run.prepare(next);
      }
      await inTurn(async () => {
        if (!waited()) return;
        const left = run.device;
        await run.moveTo(next, 'here');
        left.dispose();
        open.next = null;
        const message = `WebGPU has compiled: training goes on there after step ${run.step}.`;
        tellBackend(open, null, run.step > 0 ? message : null);
      });
    } catch (error) {
      next.dispose();
      if (!waited()) return;
      open.next = null;
      const why = errorToData(error).message;
      tellBackend(open, why, `WebGPU could not be made ready; the run stays on WASM. ${why}`);
    }
  };

  const close = (): void => {
    session?.run.device.dispose();
    session?.next?.dispose();
    session = null;
  };

  const progress = (open: Session): void => {
    const { run, phase } = open;
    const speed = pace.stepsPerSecond();
    const tokens = speed === null ? null : speed * run.tokensPerStep;
    emit(open.runId, {
      kind: 'progress',
      progress: {
        phase,
        step: run.step,
        steps: run.recipe.loop.steps,
        stepsPerSecond: speed,
        tokensPerSecond: tokens,
        pairs: run.pairs,
        unused: run.unused,
      },
    });
  };

  const setPhase = (open: Session, phase: Phase): void => {
    open.phase = phase;
    progress(open);
  };

  /** Makes up to `count` updates, reports them, and observes where the recipe says so. */
  const slice = async (open: Session, count: number): Promise<void> => {
    const { run } = open;
    const { steps, evaluate_every: every } = run.recipe.loop;
    const untilObserved = every - (run.step % every);
    const n = Math.min(count, untilObserved, steps - run.step);
    const start = around.now();
    const rows = await run.advance(n);
    pace.record(n, around.now() - start);
    emit(open.runId, { kind: 'metrics', rows, pairs: run.ratios });
    if (run.step % every === 0 || run.step === steps) await show(open);
  };

  const show = async (open: Session): Promise<void> => {
    emit(open.runId, { kind: 'evaluation', ...(await open.observer.evaluate()) });
    emit(open.runId, { kind: 'samples', samples: await open.observer.samples() });
  };

  const fail = async (open: Session, error: unknown): Promise<void> => {
    setPhase(open, 'failed');
    emit(open.runId, { kind: 'failed', error: errorToData(error) });
    // the run was put back to its mirror, so what is shown of the model is too
    if (error instanceof NotFiniteError) await withRecovery(open, () => show(open));
  };

  /** Slices until paused, finished, failed or overtaken. */
  const loop = async (open: Session): Promise<void> => {
    while (session === open && open.phase === 'running') {
      await inTurn(async () => {
        if (session !== open || open.phase !== 'running') return;
        try {
          await withRecovery(open, () => slice(open, pace.nextSlice()));
          if (open.run.step >= open.run.recipe.loop.steps) open.phase = 'finished';
          progress(open);
        } catch (error) {
          await fail(open, error);
        }
      });
      await around.pause();
    }
  };

  const startable = (open: Session): void => {
    if (open.run.obstacle !== null) throw new StateError(open.run.obstacle);
    if (open.run.step >= open.run.recipe.loop.steps) {
      throw new StateError(
        `All ${open.run.recipe.loop.steps} steps are done. Press Reset, or ask for more steps.`,
      );
    }
  };

  return {
    subscribe: (next, build) => {
      refuseAnotherBuild(build);
      listener = next;
    },
    open: (request) =>
      reply(() =>
        inTurn(async () => {
          close();
          pace = createPace();
          session = await openSession(request, around);
          const open = session;
          await show(open);
          setPhase(open, 'ready');
          void moveOn(open);
          return open.report;
        }),
      ),
    train: (runId) =>
      command(runId, async (open) => {
        startable(open);
        if (open.phase === 'running') return null;
        setPhase(open, 'running');
        void loop(open);
        return null;
      }),
    pause: (runId) =>
      command(runId, async (open) => {
        if (open.phase === 'running') setPhase(open, 'paused');
        return null;
      }),
    step: (runId) =>
      command(runId, async (open) => {
        startable(open);
        try {
          await slice(open, 1);
        } catch (error) {
          if (isLoss(open, error)) throw error;
          await fail(open, error);
          return null;
        }
        if (open.run.step % open.run.recipe.loop.evaluate_every !== 0) await show(open);
        setPhase(open, open.run.step >= open.run.recipe.loop.steps ? 'finished' : 'paused');
        return null;
      }),
    reset: (runId) =>
      command(runId, async (open) => {
        await open.run.reset();
        await show(open);
        setPhase(open, 'ready');
        return null;
      }),
    setNumber: (runId, path, value) =>
      command(runId, async (open) => {
        await open.run.setRecipe(checked(changeNumber(open.run.recipe, path, value)));
        const more = open.phase === 'finished' && open.run.step < open.run.recipe.loop.steps;
        setPhase(open, more ? 'paused' : open.phase);
        return null;
      }),
    setObjective: (runId, objective) =>
      command(runId, async (open) => {
        await open.run.setRecipe(checked(changeObjective(open.run.recipe, objective)));
        progress(open);
        return { step: open.run.step + 1 };
      }),
    setLoop: (runId, loop) =>
      command(runId, async (open) => {
        await open.run.setRecipe(checked(changeLoop(open.run.recipe, loop)));
        progress(open);
        return { step: open.run.step + 1 };
      }),
    setLabels: (runId, change) =>
      command(runId, async (open) => {
        await open.run.setRecipe(checked(changeLabels(open.run.recipe, change)));
        progress(open);
        return { pairs: open.run.pairs };
      }),
    follow: (runId, prompt) => command(runId, (open) => open.observer.follow(prompt)),
    tokens: (runId, prompt, response) => command(runId, (open) => open.observer.tokens(prompt, response)),
    samplePair: (runId, prompt, index) => command(runId, (open) => open.observer.samplePair(prompt, index)),
    loseDevice: (runId) =>
      command(runId, async (open) => {
        if (open.run.device.lose === undefined) {
          throw new StateError(`The backend ${open.report.backend} has no device that could be lost.`);
        }
        open.run.device.lose();
        return null;
      }),
    close: () => inTurn(async () => close()),
  };
}

export type EventBody = TrainerEvent extends infer E
  ? E extends TrainerEvent
    ? Omit<E, 'runId'>
    : never
  : never;

export function checked(result: ReturnType<typeof checkRecipe>): Recipe {
  if (!result.ok) throw new InvalidInputError(result.issues);
  return result.value;
}

async function openSession(request: OpenRequest, around: TrainerSurroundings): Promise<Session> {
  const recipe = checked(checkRecipe(request.recipe));
  const base = await baseOf(recipe, worldNamed(recipe.world), (world, size) =>
    around.loadBase(request.site, world, size),
  );
  const { device, next, whyNot } = await openBackend(request.backend, around);
  try {
    const run = await openRun(recipe, device, base.config, base.parameters);
    const observer = await observe(run, request.prompt);
    const report = reportOf(run, next, whyNot);
    const { runId, backend: asked } = request;
    return { runId, run, observer, report, phase: 'ready', asked, lost: false, next };
  } catch (error) {
    device.dispose();
    next?.dispose();
    throw error;
  }
}

/** Errors after which a GPU answers nothing more; the run can go on elsewhere. */
function isLoss(open: Session, error: unknown): error is Error {
  if (error instanceof DeviceLostError) return true;
  return open.report.backend === 'webgpu' && error instanceof BackendUnavailableError;
}
