/**
 * Follows a run and has it kept: every second or so while it trains, at once when it stops or is changed. One save at a
 * time; what comes about during a save goes into the next. A save that fails is tried again with the next.
 */
import type { StepMetrics } from '../metrics/metrics.ts';
import type { Run, Snapshot } from '../recipes/runner.ts';
import type { Evaluation } from '../recipes/views.ts';
import type { Keeper, KeepPlace } from './keeper.ts';
import type { Phase } from './protocol.ts';

/** While it trains. A checkpoint of the size micro is 1.3 MB. */
const SAVE_EVERY_MS = 1000;

export interface Recorder {
  rows(rows: readonly StepMetrics[]): void;
  evaluation(evaluation: Evaluation): void;
  /** Between two slices of a training run: saves the newest mirror where it is due. */
  passing(phase: Phase): void;
  /** The run stopped, was changed or reset: saves it as it is. Resolves once the snapshot is taken, not once it is written. */
  stopped(phase: Phase): Promise<void>;
  /** Resolves when nothing is being written. */
  idle(): Promise<void>;
}

export interface RecorderOptions {
  keeper: Keeper;
  place: KeepPlace;
  run: Run;
  /** Milliseconds, for how long ago the last save was. */
  now(): number;
  /** That much is kept now; null: the run was deleted, and is not kept any more. */
  onKept(step: number | null): void;
  onFailed(error: unknown): void;
}

export function createRecorder({ keeper, place, run, now, onKept, onFailed }: RecorderOptions): Recorder {
  let rows: StepMetrics[] = [];
  let evaluations: Evaluation[] = [];
  /** Of the last save that was begun; a run that never took a step is not kept. */
  let savedStep = run.step;
  let begun = run.step > 0;
  let savedAt = -Infinity;
  let ended = false;
  let writing: Promise<void> | null = null;
  /** What is to be written after that which is being written. */
  let waiting: { phase: Phase; snapshot: Snapshot; receipt: Awaited<ReturnType<Run['receipt']>> } | null =
    null;

  const write = async (): Promise<void> => {
    while (waiting && !ended) {
      const { phase, snapshot, receipt } = waiting;
      waiting = null;
      const { step } = snapshot;
      const metrics = rows.filter((row) => row.step <= step);
      const evaluated = evaluations.filter((one) => one.step <= step);
      savedAt = now();
      savedStep = step;
      const story = {
        ...run.story,
        changes: run.story.changes.filter((change) => change.step <= step),
      };
      const kept = { status: phase, story, receipt, snapshot, metrics, evaluations: evaluated };
      try {
        if (await keeper.save(place, kept)) {
          rows = rows.filter((row) => !metrics.includes(row));
          evaluations = evaluations.filter((one) => !evaluated.includes(one));
          onKept(step);
        } else {
          ended = true;
          onKept(null);
        }
      } catch (error) {
        onFailed(error);
      }
    }
    writing = null;
  };

  const save = (next: NonNullable<typeof waiting>): void => {
    if (ended) return;
    begun = true;
    waiting = next;
    writing ??= write();
  };

  return {
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
    stopped: async (phase) => {
      if (ended || (!begun && run.step === 0)) return;
      rows = rows.filter(({ step }) => step <= run.step);
      evaluations = evaluations.filter(({ step }) => step <= run.step);
      save({ phase, snapshot: await run.snapshot(), receipt: await run.receipt() });
    },
    idle: async () => {
      while (writing) await writing;
    },
  };
}
