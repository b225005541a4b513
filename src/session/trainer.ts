/**
 * The trainer of policies behind the worker's port: one run at a time. A run that is to train on WebGPU starts on WASM and
 * moves when WebGPU has compiled. What it needs of the outside (clock, checkpoints, devices) comes in as surroundings, so
 * the same code runs in tests.
 */
import type { Checked } from '../base/errors.ts';
import { errorToData, NotFiniteError, StateError } from '../base/errors.ts';
import { changeLabels, changeLoop, changeNumber, changeObjective } from '../recipes/change.ts';
import type { CheckedRecipe } from '../recipes/check.ts';
import { sureOf } from '../recipes/check.ts';
import { tellOn } from '../runs/replay.ts';
import { createMover, type Mover } from './moving.ts';
import type { EventBody, Session, PolicyTrainerHost } from './open-session.ts';
import { openSession, stepsOf, tellHealth } from './open-session.ts';
import { ownWorlds } from './own-world.ts';
import { createPort, type Opened } from './port.ts';
import type { RoundView } from '../runs/views.ts';
import type { TrainerApi, TrainerEvent } from './protocol.ts';
import { createSlices, nextLook, type Slices, type Trained } from './slices.ts';
import { createWatching, type Watching } from './watching.ts';

/** An open run with what moves it on. */
interface Open extends Opened, Session {
  mover: Mover;
  watching: Watching;
}

type Emit = (runId: string, event: EventBody) => void;

export function createTrainer(host: PolicyTrainerHost): TrainerApi {
  const port = createPort<Open, TrainerEvent>('this run is not open any more; open it again.');
  const { command, inTurn } = port;
  const openOwn = ownWorlds();
  const emit: Emit = (runId, event) => port.emit({ runId, ...event });

  const begin = (session: Session): Open => {
    const mover = createMover(session, host, inTurn, (message) => {
      slices.paceAnew();
      emit(session.runId, { kind: 'backend', report: session.report, message });
    });
    const watching = watchingOf(session, emit, () => host.now());
    const trained = trainedRun(session, emit, mover, watching, () => slices);
    const { step, steps } = trained;
    const first = step === 0 ? 'ready' : step >= steps ? 'finished' : 'paused';
    const slices = createSlices(trained, host, inTurn, first);
    const close = (): void => {
      session.run.device.dispose();
      session.next?.dispose();
      session.next = null;
      session.unlisten();
    };
    return Object.assign(session, { slices, mover, watching, close });
  };

  return {
    subscribe: port.subscribe,
    open: (request, ask) =>
      port.open(request.runId, async () => {
        const { opened: session, returned } = await openSession(request, host, emit, openOwn, ask);
        const opened = begin(session);
        try {
          if (returned) emit(opened.runId, returned);
          await opened.watching.look(true);
          await opened.run.look();
          if (opened.run.round) emit(opened.runId, { kind: 'round', round: opened.run.round });
          tellProgress(opened, opened.slices, emit);
        } catch (error) {
          opened.close();
          throw error;
        }
        void opened.mover.moveOn();
        return { opened, answer: opened.report };
      }),
    train: (runId) =>
      command(runId, async (open) => {
        startable(open);
        open.slices.train();
        return null;
      }),
    pause: (runId) =>
      command(runId, async ({ slices }) => {
        await slices.pause();
        return null;
      }),
    step: (runId) =>
      command(runId, async (open) => {
        startable(open);
        await open.slices.step();
        return null;
      }),
    reset: (runId) =>
      command(runId, async (open) => {
        await open.run.reset();
        open.tale = null;
        await open.watching.look(true);
        await open.slices.rest('ready');
        return null;
      }),
    setNumber: (runId, path, value) =>
      command(runId, async (open) => {
        const { run, slices } = open;
        await change(open, changeNumber(run.checked, path, value));
        if (slices.phase === 'finished' && run.step < stepsOf(open)) await slices.rest('paused');
        else tellProgress(open, slices, emit);
        return null;
      }),
    setObjective: (runId, objective) =>
      command(runId, async (open) => {
        await change(open, changeObjective(open.run.checked, objective));
        tellProgress(open, open.slices, emit);
        return { step: open.run.step + 1 };
      }),
    setLoop: (runId, loop) =>
      command(runId, async (open) => {
        await change(open, changeLoop(open.run.checked, loop));
        tellProgress(open, open.slices, emit);
        return { step: open.run.step + 1 };
      }),
    setLabels: (runId, labels) =>
      command(runId, async (open) => {
        const { run, slices } = open;
        await change(open, changeLabels(run.checked, labels));
        if (run.obstacle !== null && slices.phase === 'running') await slices.pause();
        else tellProgress(open, slices, emit);
        return { pairs: run.pairs };
      }),
    follow: (runId, prompt) => command(runId, (open) => open.observer.follow(prompt)),
    tokens: (runId, prompt, response) => command(runId, (open) => open.observer.tokens(prompt, response)),
    samplePair: (runId, prompt, index) => command(runId, (open) => open.observer.samplePair(prompt, index)),
    told: (runId) => command(runId, async ({ run }) => ({ story: run.story, receipt: await run.receipt() })),
    save: async (runId) => {
      const asked = await command(runId, async ({ recorder, slices }) => {
        await recorder.stopped(slices.phase);
        return recorder;
      });
      if (!asked.ok) return asked;
      await asked.value.idle();
      return { ok: true, value: asked.value.shelf !== null };
    },
    keepAt: async (runId, place) => {
      const asked = await command(runId, async (open) => {
        const { recorder, slices } = open;
        if (recorder.shelf) throw new StateError('this run is kept already.');
        const keeper = await host.openKeeper();
        await recorder.keepAt({ keeper, place }, slices.phase);
        open.unlisten = tellHealth(runId, keeper, emit);
        return { keeper, recorder };
      });
      if (!asked.ok) return asked;
      const { keeper, recorder } = asked.value;
      await recorder.idle();
      return { ok: true, value: recorder.kept && keeper.health.kind === 'kept' };
    },
    capsule: (runId, place) =>
      command(runId, async ({ recorder, slices, run }) => {
        if (run.step === 0) return null;
        const { shelf } = recorder;
        if (!shelf) {
          const { capsuleOfNow } = await import('./keeper.ts');
          return capsuleOfNow(place, await recorder.now(slices.phase));
        }
        await recorder.stopped(slices.phase);
        await recorder.idle();
        return shelf.keeper.capsule(shelf.place);
      }),
    takeAway: (runId, kind) =>
      command(runId, async ({ run, base }) => {
        const { takeAway } = await import('./take-away.ts');
        return takeAway(kind, run, base, () => host.openDevice('wasm'));
      }),
    loseDevice: (runId) =>
      command(runId, async ({ run, report }) => {
        if (run.device.lose === undefined) {
          throw new StateError(`The backend ${report.backend} has no device that could be lost.`);
        }
        run.device.lose();
        return null;
      }),
    close: port.close,
  };
}

/** What a slice of a run is, and what is told of it. */
function trainedRun(
  session: Session,
  emit: Emit,
  { recover }: Mover,
  watching: Watching,
  slices: () => Slices,
): Trained {
  const { run, recorder, runId } = session;
  const every = (): number => run.recipe.loop.evaluate_every;
  const progress = (): void => tellProgress(session, slices(), emit);
  /** What was told of rounds last. */
  let told: RoundView | null = null;
  const tellRound = (): void => {
    const { round } = run;
    if (round !== null && round !== told) emit(runId, { kind: 'round', round });
    told = round;
  };
  return {
    get step() {
      return run.step;
    },
    get steps() {
      return stepsOf(session);
    },
    stops: async () => {
      if (!session.tale) return [nextLook(run.step, every())];
      const { changed, until } = await tellOn(run, session.tale);
      if (changed) emit(runId, { kind: 'changed', recipe: run.recipe });
      return [nextLook(run.step, every()), until];
    },
    advance: async (count) => {
      const rows = await watching.training(() => run.advance(count));
      recorder.rows(rows);
      emit(runId, { kind: 'metrics', rows, pairs: run.ratios });
    },
    look: async (rests) => {
      tellRound();
      if (rests || run.step % every() === 0) await watching.look(rests);
      if (rests) return;
      recorder.passing('running');
      progress();
    },
    measure: watching.catchUp,
    tell: progress,
    rested: (phase) => recorder.stopped(phase),
    failed: async (error) => {
      emit(runId, { kind: 'failed', error: errorToData(error) });
      // the run was put back to its mirror, so what is shown of the model is too
      if (error instanceof NotFiniteError) await slices().healed(() => watching.look(true));
      await recorder.stopped('failed');
    },
    recover,
  };
}

function tellProgress(session: Session, { phase, stepsPerSecond }: Slices, emit: Emit): void {
  const { run, runId } = session;
  const { step, tokensPerStep, pairs, unused } = run;
  const tokensPerSecond = stepsPerSecond === null ? null : stepsPerSecond * tokensPerStep;
  const steps = stepsOf(session);
  emit(runId, {
    kind: 'progress',
    progress: { phase, step, steps, stepsPerSecond, tokensPerSecond, pairs, unused },
  });
}

function watchingOf(session: Session, emit: Emit, now: () => number): Watching {
  const { run, runId, recorder } = session;
  return createWatching({
    now,
    step: () => run.step,
    evaluate: async () => {
      const seen = await session.observer.evaluate();
      recorder.evaluation(seen.evaluation);
      emit(runId, { kind: 'evaluation', ...seen });
    },
    sample: async () => emit(runId, { kind: 'samples', samples: await session.observer.samples() }),
  });
}

/** What the visitor changes ends the story that was told: the run is their own from here on. */
async function change(open: Open, next: Checked<CheckedRecipe>): Promise<void> {
  await open.run.setRecipe(sureOf(next));
  open.tale = null;
  if (open.slices.phase !== 'running') await open.recorder.stopped(open.slices.phase);
}

function startable(open: Open): void {
  if (open.run.obstacle !== null) throw new StateError(open.run.obstacle);
  if (open.run.step >= stepsOf(open)) {
    if (open.run.ended) throw new StateError(ENDED);
    throw new StateError(`All ${stepsOf(open)} steps are done. Press Reset, or ask for more steps.`);
  }
}

const ENDED =
  'Its rounds have come to their end. Answer more pairs, let it go further (“ends at”), or press Reset.';
