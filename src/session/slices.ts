/**
 * Training in slices between which messages are heard: the one loop of everything that trains in a worker. It does not know
 * what is trained. Its phase has one writer, `be`, which tells it; so none changes in silence.
 */
import { createPace } from './pace.ts';
import type { Phase } from './protocol.ts';
import type { Turns } from './reply.ts';

/** Times only; they change no result. */
export interface SliceClock {
  /** Milliseconds. */
  now(): number;
  /** Resolves after messages that wait have been heard. */
  pause(): Promise<void>;
}

/** What is trained. Everything here is called in a turn, but `tell`. */
export interface Trained {
  /** Updates made so far, and updates to be made in all. */
  readonly step: number;
  readonly steps: number;
  /** Before each slice: makes what changes at this step, and says at which later steps the slice has to end. */
  stops(): Promise<number[]>;
  /** Makes at most `count` updates. What it throws ends the training, unless `recover` takes it. */
  advance(count: number): Promise<void>;
  /** After each slice: what was made is told, and what is due is looked at. `rests`: it goes no further for now. */
  look(rests: boolean): Promise<void>;
  /** Before it rests after running: what is measured then. */
  measure?(): Promise<void>;
  tell(phase: Phase): void;
  /** Its rest has been told. */
  rested?(phase: Phase): Promise<void>;
  /** The phase `failed` has been told, this is why. */
  failed(error: unknown): Promise<void> | void;
  /** True where what was lost is there again, at an earlier step perhaps: the work goes on from there. */
  recover?(error: unknown): Promise<boolean>;
}

export interface Slices {
  readonly phase: Phase;
  /** Null before the first slice. */
  readonly stepsPerSecond: number | null;
  /** Slices in turns of their own, to the last step or to step `until`; nothing where it runs already, or is there. */
  train(until?: number): void;
  /** The rest is to be called in a turn. One update, looked at. */
  step(): Promise<void>;
  /** Nothing where it does not run. */
  pause(): Promise<void>;
  /** At rest in another phase. */
  rest(phase: Phase): Promise<void>;
  /** Does some work of the same subject, again where what was lost has come back. */
  healed<T>(work: () => Promise<T>): Promise<T>;
  /** From now on its speed is another. */
  paceAnew(): void;
  /** No slice is made and nothing is told any more. */
  close(): void;
}

export function createSlices(
  trained: Trained,
  clock: SliceClock,
  inTurn: Turns,
  first: Phase = 'ready',
): Slices {
  let phase = first;
  let pace = createPace();
  let last = Infinity;
  let isClosed = false;
  /** Of the loop that runs: one that was paused and started anew must not go on beside the new one. */
  let round = 0;

  const be = (next: Phase): void => {
    if (isClosed) return;
    phase = next;
    trained.tell(next);
  };

  const rest = async (next: Phase): Promise<void> => {
    be(next);
    await trained.rested?.(next);
  };

  const healed = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      if ((await trained.recover?.(error)) !== true) throw error;
      return work();
    }
  };

  /** What goes wrong past healing is the end of the training, and told. */
  const attempt = async (work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      if (isClosed) return;
      be('failed');
      await trained.failed(error);
    }
  };

  const slice = async (isOnly: boolean): Promise<boolean> => {
    const stops = await trained.stops();
    const from = trained.step;
    const start = clock.now();
    const count = isOnly ? 1 : pace.nextSlice();
    const most = Math.min(from + count, last, trained.steps, ...stops) - from;
    if (most > 0) await trained.advance(most); // fewer steps may have been asked for meanwhile
    const made = trained.step - from;
    if (made > 0) pace.record(made, clock.now() - start);
    const rests = isOnly || trained.step >= Math.min(last, trained.steps);
    await trained.look(rests);
    return rests;
  };

  const goToRest = (): Promise<void> =>
    healed(async () => {
      await trained.measure?.();
      await rest(trained.step >= trained.steps ? 'finished' : 'paused');
    });

  /** `isOnly`: of one update, and the last for now. */
  const makeSlice = (isOnly: boolean): Promise<void> =>
    attempt(async () => {
      if (await healed(() => slice(isOnly))) await goToRest();
    });

  const loop = async (mine: number): Promise<void> => {
    const runs = (): boolean => !isClosed && phase === 'running' && round === mine;
    while (runs()) {
      await inTurn(async () => {
        if (runs()) await makeSlice(false);
      });
      await clock.pause();
    }
  };

  return {
    get phase() {
      return phase;
    },
    get stepsPerSecond() {
      return pace.stepsPerSecond();
    },
    train: (until = Infinity) => {
      if (phase === 'running' || trained.step >= Math.min(until, trained.steps)) return;
      last = until;
      be('running');
      void loop(++round);
    },
    step: () => {
      last = Infinity;
      return makeSlice(true);
    },
    pause: async () => {
      if (phase === 'running') await attempt(goToRest);
    },
    rest,
    healed,
    paceAnew: () => (pace = createPace()),
    close: () => (isClosed = true),
  };
}

/** The next step at which something is looked at, every so many steps. */
export const nextLook = (step: number, every: number): number => step + every - (step % every);
