/** What the trainer has open, and how it comes about: a fresh run, one that was kept, or a story that is to be told. */
import { InvalidInputError, errorToData, StateError } from '../base/errors.ts';
import type { Device } from '../engine/backend.ts';
import { lmConfig, parameterCount } from '../models/lm/config.ts';
import type { Base } from '../recipes/base.ts';
import { baseOf } from '../recipes/base.ts';
import type { Observer } from '../recipes/observe.ts';
import { observe } from '../recipes/observe.ts';
import type { Run } from '../recipes/runner.ts';
import { openRun } from '../recipes/runner.ts';
import type { Recipe } from '../recipes/schema.ts';
import { checkRecipe } from '../recipes/schema.ts';
import type { Change } from '../recipes/story.ts';
import { lastRecipe } from '../recipes/story.ts';
import { worldNamed } from '../worlds/index.ts';
import type { Devices } from './backends.ts';
import { openBackend, reportOf } from './backends.ts';
import type { Keeper, Returned } from './keeper.ts';
import type { BackendReport, KeepRequest, OpenRequest, Phase, Telling, TrainerEvent } from './protocol.ts';
import type { Recorder } from './recorder.ts';
import { createRecorder } from './recorder.ts';

export interface TrainerSurroundings extends Devices {
  loadBase(site: string, world: string, size: string): Promise<Base>;
  /** Milliseconds; only for the length of slices and the speeds shown. */
  now(): number;
  /** Resolves after messages that wait have been heard. */
  pause(): Promise<void>;
  /** What keeps runs; asked for when the first run is to be kept. */
  openKeeper(): Promise<Keeper>;
}

/** What is open. */
export interface Session {
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
  recorder: Recorder | null;
  /** What is still to come of a story that is told; null where none is, or something else was changed. */
  telling: { changes: Change[]; steps: number } | null;
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

/** Updates that the run is to make: the recipe's, or the whole story's. */
export const stepsOf = ({ run, telling }: Session): number => telling?.steps ?? run.recipe.loop.steps;

type Emit = (runId: string, event: EventBody) => void;

interface Opened {
  opened: Session;
  /** What it brings along, where it was kept. */
  returned: EventBody | null;
}

export async function openSession(
  request: OpenRequest,
  around: TrainerSurroundings,
  emit: Emit,
): Promise<Opened> {
  const { keep, tell } = request;
  const keeper = keep ? await around.openKeeper() : null;
  const fresh = checked(checkRecipe(request.recipe));
  const kept = keep?.resume ? await bringBack(keeper, keep, fresh) : null;
  const recipe = kept ? lastRecipe(kept.from?.story ?? kept.story) : fresh;
  const base = await baseOf(recipe, worldNamed(recipe.world), (world, size) =>
    around.loadBase(request.site, world, size),
  );
  const { device, next, whyNot } = await openBackend(request.backend, around);
  try {
    const run = await openRun(recipe, device, base.config, base.parameters, {
      from: kept?.from ?? undefined,
    });
    const observer = await observe(run, request.prompt);
    const { runId, backend: asked } = request;
    const telling = tell ? { changes: checkedChanges(tell), steps: tell.steps } : null;
    const recorder = keeper && keep ? recorderOf(runId, run, keeper, keep, around, emit) : null;
    const opened: Session = {
      runId,
      run,
      observer,
      report: reportOf(run, next, whyNot),
      phase: 'ready',
      asked,
      lost: false,
      next,
      recorder,
      telling,
    };
    if (run.step > 0) opened.phase = run.step >= stepsOf(opened) ? 'finished' : 'paused';
    return { opened, returned: kept && returnedEvent(kept, run) };
  } catch (error) {
    device.dispose();
    next?.dispose();
    throw error;
  }
}

/** A run that can't be read is an error: nothing is written over it unasked. */
async function bringBack(keeper: Keeper | null, keep: KeepRequest, fresh: Recipe): Promise<Returned | null> {
  if (!keeper) return null;
  const { words, context } = worldNamed(fresh.world);
  const kept = await keeper.bringBack(keep, (size) => parameterCount(lmConfig(size, words.length, context)));
  if (kept !== null && 'message' in kept) throw new StateError(kept.message);
  return kept;
}

const checkedChanges = ({ changes }: Telling): Change[] =>
  changes.map(({ step, recipe }) => ({ step, recipe: checked(checkRecipe(recipe)) }));

function returnedEvent({ metrics: rows, evaluations, losses }: Returned, { recipe }: Run): EventBody {
  return { kind: 'returned', recipe, rows, evaluations, losses };
}

function recorderOf(
  runId: string,
  run: Run,
  keeper: Keeper,
  { project, run: name, title }: KeepRequest,
  around: TrainerSurroundings,
  emit: Emit,
): Recorder {
  emit(runId, { kind: 'health', health: keeper.health });
  keeper.onHealth((health) => emit(runId, { kind: 'health', health }));
  return createRecorder({
    keeper,
    place: { project, run: name, title },
    run,
    now: around.now,
    onKept: (step) => emit(runId, { kind: 'kept', step }),
    onFailed: (error) => emit(runId, { kind: 'unkept', error: errorToData(error) }),
  });
}
