/**
 * Follows a run and has it kept: every second or so while it trains, at once when it stops or is changed. One save at a
 * time; what comes about during a save goes into the next. A save that fails is tried again with the next. Of a run that is
 * kept nowhere it holds all curves, so that the run can be kept later, or carried elsewhere.
 */
import type { StepMetrics } from '../metrics/metrics.ts';
import type { Run, RunSnapshot } from '../runs/runner.ts';
import type { Evaluation } from '../runs/views.ts';
import type { SavedRun, TitledRunKey, RunKeeper } from './keeper.ts';
import type { Phase } from './protocol.ts';

/** While it trains. A checkpoint of the size micro is 1.3 MB. */
const SAVE_EVERY_MS = 1000;

/** Where a run is kept, and by whom. */
export interface Shelf {
  keeper: RunKeeper;
  place: TitledRunKey;
}

export interface Recorder {
  /** Null where the run is kept nowhere. */
  readonly shelf: Shelf | null;
  /** Whether the newest save has been written. */
  readonly kept: boolean;
  rows(rows: readonly StepMetrics[]): void;
  evaluation(evaluation: Evaluation): void;
  /** Between two slices of a training run: saves the newest mirror where it is due. */
  passing(phase: Phase): void;
  /** The run stopped, was changed or reset: saves it as it is. Resolves once the snapshot is taken, not once it is written. */
  stopped(phase: Phase): Promise<void>;
  /** From now on kept there, with all that has come about before. Only for a run that was kept nowhere. */
  keepAt(shelf: Shelf, phase: Phase): Promise<void>;
  /** The run as it is now, with what has come about since the last save. */
  now(phase: Phase): Promise<SavedRun>;
  /** Resolves when nothing is being written. */
  idle(): Promise<void>;
}

export interface RecorderOptions {
  shelf: Shelf | null;
  run: Run;
  /** What a run that was carried here brings along. */
  before?: { metrics: readonly StepMetrics[]; evaluations: readonly Evaluation[] };
  /** Milliseconds, for how long ago the last save was. */
  now(): number;
  /** That much is kept now; null: the run was deleted, and is not kept any more. */
  onKept(step: number | null): void;
  onFailed(error: unknown): void;
}

interface Moment {
  phase: Phase;
  snapshot: RunSnapshot;
  receipt: SavedRun['receipt'];
}

export function createRecorder({
  run,
  now,
  onKept,
  onFailed,
  before,
  ...options
}: RecorderOptions): Recorder {
  let { shelf } = options;
  let rows = [...(before?.metrics ?? [])];
  let evaluations = [...(before?.evaluations ?? [])];
  /** Of the last save that was begun; a run that never took a step is not kept. */
  let savedStep = run.step;
  let begun = run.step > 0;
  let savedAt = -Infinity;
  let ended = false;
  let kept = false;
  let writing: Promise<void> | null = null;
  /** What is to be written after that which is being written. */
  let waiting: Moment | null = null;

  const keptAt = ({ phase, snapshot, receipt }: Moment): SavedRun => {
    const { step } = snapshot;
    const changes = run.story.changes.filter((change) => change.step <= step);
    return {
      world: run.world,
      status: phase,
      story: { ...run.story, changes },
      receipt,
      snapshot,
      metrics: withoutGap(rows.filter((row) => row.step <= step)),
      evaluations: evaluations.filter((one) => one.step <= step),
    };
  };

  const write = async ({ keeper, place }: Shelf): Promise<void> => {
    while (waiting && !ended) {
      const moment = keptAt(waiting);
      const { step } = moment.snapshot;
      waiting = null;
      savedAt = now();
      savedStep = step;
      try {
        kept = await keeper.save(place, moment);
        if (kept) {
          rows = without(rows, moment.metrics);
          evaluations = without(evaluations, moment.evaluations);
          onKept(step);
        } else {
          ended = true;
          onKept(null);
        }
      } catch (error) {
        kept = false;
        onFailed(error);
      }
    }
    writing = null;
  };

  const save = (next: Moment): void => {
    if (ended || !shelf) return;
    begun = true;
    waiting = next;
    writing ??= write(shelf);
  };

  const takeMoment = async (phase: Phase): Promise<Moment> => {
    rows = rows.filter(({ step }) => step <= run.step);
    evaluations = evaluations.filter(({ step }) => step <= run.step);
    return { phase, snapshot: await run.snapshot(), receipt: await run.receipt() };
  };

  const stopped = async (phase: Phase): Promise<void> => {
    if (ended || (!begun && run.step === 0)) return;
    if (shelf) save(await takeMoment(phase));
    else rows = rows.filter(({ step }) => step <= run.step);
  };

  return {
    get shelf() {
      return shelf;
    },
    get kept() {
      return kept;
    },
    rows: (some) => {
      const from = some[0]?.step ?? Infinity;
      rows = [...rows.filter(({ step }) => step < from), ...some];
    },
    evaluation: (evaluation) => {
      evaluations = [...evaluations.filter(({ step }) => step < evaluation.step), evaluation];
    },
    passing: (phase) => {
      const { mirror } = run;
      if (writing || mirror.step <= savedStep || now() - savedAt < SAVE_EVERY_MS) return;
      save({ phase, snapshot: mirror, receipt: null });
    },
    stopped,
    keepAt: (to, phase) => {
      shelf = to;
      return stopped(phase);
    },
    now: async (phase) => keptAt(await takeMoment(phase)),
    idle: async () => {
      while (writing) await writing;
    },
  };
}

function without<T>(all: readonly T[], some: readonly T[]): T[] {
  const gone = new Set(some);
  return all.filter((one) => !gone.has(one));
}

/** Rows that lead up to the last one, one by one. */
function withoutGap(rows: readonly StepMetrics[]): StepMetrics[] {
  let from = rows.length - 1;
  while (from > 0 && rows[from - 1]?.step === (rows[from]?.step ?? 0) - 1) from--;
  return rows.slice(Math.max(0, from));
}
