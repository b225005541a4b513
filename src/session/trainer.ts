/**
 * The trainer behind the worker's port: one run at a time, in slices between which messages are heard. A run that is to
 * train on WebGPU starts on WASM and moves when WebGPU has compiled. What a slice needs of the outside (clock,
 * checkpoints, devices) comes in as `Surroundings`, so the same code runs in tests.
 */
import {
  BackendUnavailableError,
  DeviceLostError,
  errorToData,
  NotFiniteError,
  StateError,
} from '../base/errors.ts';
import { changeLabels, changeLoop, changeNumber, changeObjective } from '../recipes/change.ts';
import type { checkRecipe, Recipe } from '../recipes/schema.ts';
import { openBackend, reportOf, wasmInstead } from './backends.ts';
import { capsuleOfNow } from './keeper.ts';
import type { EventBody, Session, TrainerSurroundings } from './open-session.ts';
import { checked, openSession, stepsOf, tellHealth } from './open-session.ts';
import { createPace } from './pace.ts';
import type { Phase, Reply, TrainerApi, TrainerEvent } from './protocol.ts';
import { reply } from './reply.ts';
import { refuseAnotherBuild } from './same-build.ts';

export function createTrainer(around: TrainerSurroundings): TrainerApi {
  let listener: (event: TrainerEvent) => void = () => undefined;
  let session: Session | null = null;
  /** The run that was asked for last; one that waits its turn behind it is not opened any more. */
  let asked = '';
  /** Everything that touches the device takes its turn here, so that a command never meets a step half done. */
  let turn: Promise<unknown> = Promise.resolve();
  let pace = createPace();

  const emit = (runId: string, event: EventBody): void => listener({ runId, ...event });

  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const next = turn.then(work);
    turn = next.catch(() => undefined);
    return next;
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
    session?.unlisten();
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
        steps: stepsOf(open),
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
    const untilChanged = await tellOn(open);
    const steps = stepsOf(open);
    const { evaluate_every: every } = run.recipe.loop;
    const untilObserved = every - (run.step % every);
    const n = Math.min(count, untilObserved, untilChanged, steps - run.step);
    const start = around.now();
    const rows = await run.advance(n);
    pace.record(n, around.now() - start);
    open.recorder.rows(rows);
    emit(open.runId, { kind: 'metrics', rows, pairs: run.ratios });
    if (run.step % every === 0 || run.step === steps) await show(open);
    open.recorder.passing('running');
  };

  /** Makes the change that the story has at this step, and says how many updates there are until the next. */
  const tellOn = async (open: Session): Promise<number> => {
    const { run, telling } = open;
    if (telling?.changes[0]?.step === run.step) {
      await run.setRecipe(telling.changes[0].recipe);
      telling.changes.shift();
      emit(open.runId, { kind: 'changed', recipe: run.recipe });
    }
    return (telling?.changes[0]?.step ?? Infinity) - run.step;
  };

  /** What the visitor changes ends the story that was told: the run is their own from here on. */
  const change = async (open: Session, next: ReturnType<typeof checkRecipe>): Promise<void> => {
    await open.run.setRecipe(checked(next));
    open.telling = null;
    if (open.phase !== 'running') await open.recorder.stopped(open.phase);
  };

  const show = async (open: Session): Promise<void> => {
    const seen = await open.observer.evaluate();
    open.recorder.evaluation(seen.evaluation);
    emit(open.runId, { kind: 'evaluation', ...seen });
    emit(open.runId, { kind: 'samples', samples: await open.observer.samples() });
  };

  const fail = async (open: Session, error: unknown): Promise<void> => {
    setPhase(open, 'failed');
    emit(open.runId, { kind: 'failed', error: errorToData(error) });
    // the run was put back to its mirror, so what is shown of the model is too
    if (error instanceof NotFiniteError) await withRecovery(open, () => show(open));
    await open.recorder.stopped('failed');
  };

  /** Slices until paused, finished, failed or overtaken. */
  const loop = async (open: Session): Promise<void> => {
    while (session === open && open.phase === 'running') {
      await inTurn(async () => {
        if (session !== open || open.phase !== 'running') return;
        try {
          await withRecovery(open, () => slice(open, pace.nextSlice()));
          if (open.run.step >= stepsOf(open)) open.phase = 'finished';
          progress(open);
          if (open.phase === 'finished') await open.recorder.stopped('finished');
        } catch (error) {
          await fail(open, error);
        }
      });
      await around.pause();
    }
  };

  const startable = (open: Session): void => {
    if (open.run.obstacle !== null) throw new StateError(open.run.obstacle);
    if (open.run.step >= stepsOf(open)) {
      throw new StateError(`All ${stepsOf(open)} steps are done. Press Reset, or ask for more steps.`);
    }
  };

  return {
    subscribe: (next, build) => {
      refuseAnotherBuild(build);
      listener = next;
    },
    open: (request, ask) => {
      asked = request.runId;
      return reply(() =>
        inTurn(async () => {
          if (asked !== request.runId) throw new StateError('another run was asked for meanwhile.');
          close();
          pace = createPace();
          const { opened, returned } = await openSession(request, around, emit, ask);
          session = opened;
          if (returned) emit(opened.runId, returned);
          await show(opened);
          setPhase(opened, opened.phase);
          void moveOn(opened);
          return opened.report;
        }),
      );
    },
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
        if (open.phase !== 'running') return null;
        setPhase(open, 'paused');
        await open.recorder.stopped('paused');
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
        setPhase(open, open.run.step >= stepsOf(open) ? 'finished' : 'paused');
        await open.recorder.stopped(open.phase);
        return null;
      }),
    reset: (runId) =>
      command(runId, async (open) => {
        await open.run.reset();
        open.telling = null;
        await show(open);
        setPhase(open, 'ready');
        await open.recorder.stopped('ready');
        return null;
      }),
    setNumber: (runId, path, value) =>
      command(runId, async (open) => {
        await change(open, changeNumber(open.run.recipe, path, value));
        const more = open.phase === 'finished' && open.run.step < stepsOf(open);
        setPhase(open, more ? 'paused' : open.phase);
        return null;
      }),
    setObjective: (runId, objective) =>
      command(runId, async (open) => {
        await change(open, changeObjective(open.run.recipe, objective));
        progress(open);
        return { step: open.run.step + 1 };
      }),
    setLoop: (runId, loop) =>
      command(runId, async (open) => {
        await change(open, changeLoop(open.run.recipe, loop));
        progress(open);
        return { step: open.run.step + 1 };
      }),
    setLabels: (runId, labels) =>
      command(runId, async (open) => {
        await change(open, changeLabels(open.run.recipe, labels));
        if (open.run.obstacle !== null && open.phase === 'running') {
          open.phase = 'paused';
          await open.recorder.stopped('paused');
        }
        progress(open);
        return { pairs: open.run.pairs };
      }),
    follow: (runId, prompt) => command(runId, (open) => open.observer.follow(prompt)),
    tokens: (runId, prompt, response) => command(runId, (open) => open.observer.tokens(prompt, response)),
    samplePair: (runId, prompt, index) => command(runId, (open) => open.observer.samplePair(prompt, index)),
    told: (runId) => command(runId, async ({ run }) => ({ story: run.story, receipt: await run.receipt() })),
    save: async (runId) => {
      const asked = await command(runId, async (open) => {
        await open.recorder.stopped(open.phase);
        return open.recorder;
      });
      if (!asked.ok) return asked;
      await asked.value.idle();
      return { ok: true, value: asked.value.shelf !== null };
    },
    keepAt: async (runId, place) => {
      const asked = await command(runId, async (open) => {
        if (open.recorder.shelf) throw new StateError('this run is kept already.');
        const keeper = await around.openKeeper();
        await open.recorder.keepAt({ keeper, place }, open.phase);
        open.unlisten = tellHealth(runId, keeper, emit);
        return { keeper, recorder: open.recorder };
      });
      if (!asked.ok) return asked;
      const { keeper, recorder } = asked.value;
      await recorder.idle();
      return { ok: true, value: recorder.kept && keeper.health.kind === 'kept' };
    },
    capsule: (runId, place) =>
      command(runId, async ({ recorder, phase, run }) => {
        if (run.step === 0) return null;
        const { shelf } = recorder;
        if (!shelf) return capsuleOfNow(place, await recorder.now(phase));
        await recorder.stopped(phase);
        await recorder.idle();
        return shelf.keeper.capsule(shelf.place);
      }),
    takeAway: (runId, kind) =>
      command(runId, async ({ run, base }) => {
        const { takeAway } = await import('./take-away.ts');
        return takeAway(kind, run, base, () => around.openDevice('wasm'));
      }),
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

/** Errors after which a GPU answers nothing more; the run can go on elsewhere. */
function isLoss(open: Session, error: unknown): error is Error {
  if (error instanceof DeviceLostError) return true;
  return open.report.backend === 'webgpu' && error instanceof BackendUnavailableError;
}
