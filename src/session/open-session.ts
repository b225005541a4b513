/** What the trainer has open, and how it comes about: a fresh run, one that was kept, or a story that is to be told. */
import type { CheckedRecipe } from '../recipes/check.ts';
import { checkRecipe, recheckRecipe, sureOf } from '../recipes/check.ts';
import { broughtModel } from '../runs/given.ts';
import { bringBeside, worldsIn } from '../worlds/index.ts';
import type { World } from '../worlds/world.ts';
import type { ownWorlds } from './own-world.ts';
import { ownBase } from './own-world.ts';
import type { ErrorData } from '../base/errors.ts';
import { InvalidInputError, errorToData, StateError } from '../base/errors.ts';
import type { Device } from '../engine/backend.ts';
import type { Base } from '../runs/base.ts';
import { baseOf } from '../runs/base.ts';
import type { GivenReference } from '../runs/given-reference.ts';
import type { Observer } from '../runs/observe.ts';
import { observe } from '../runs/observe.ts';
import type { Run } from '../runs/runner.ts';
import { openRun } from '../runs/runner.ts';
import type { Tale } from '../runs/replay.ts';
import { lastRecipe } from '../runs/story.ts';
import type { Devices } from './backends.ts';
import { openBackend, reportOf } from './backends.ts';
import type { Keeper, TitledRunKey, Returned } from './keeper.ts';
import type { AskReference, BackendReport, KeepRequest, OpenRequest, Telling, TrainerEvent } from './protocol.ts'; // prettier-ignore
import type { Recorder } from './recorder.ts';
import { createRecorder } from './recorder.ts';
import type { SliceClock } from './slices.ts';

/** What everything that trains needs of the outside. */
export interface TrainerHost extends Devices, SliceClock {
  loadBase(site: string, world: string, size: string): Promise<Base>;
}

export interface PolicyTrainerHost extends TrainerHost {
  /** What keeps runs; asked for when the first run is to be kept. */
  openKeeper(): Promise<Keeper>;
}

/** What is open. */
export interface Session {
  readonly runId: string;
  run: Run;
  /** What it started from. */
  base: Base;
  observer: Observer;
  report: BackendReport;
  /** What the visitor asked for; a lost device is opened anew by the same wish, once. */
  asked: OpenRequest['backend'];
  lost: boolean;
  /** The device that compiles meanwhile; the run moves there when it is ready. */
  next: Device | null;
  recorder: Recorder;
  /** Ends the news of whether what keeps the run can save. */
  unlisten: () => void;
  /** The story that is told; null where none is, or something else was changed. */
  tale: Tale | null;
}

export type EventBody = TrainerEvent extends infer E
  ? E extends TrainerEvent
    ? Omit<E, 'runId'>
    : never
  : never;

/** Updates that the run is to make: the recipe's, or the whole story's; no more once its rounds have ended, unless a change is due. */
export function stepsOf({ run, tale }: Session): number {
  if (run.ended && tale?.changes[0]?.step !== run.step) return run.step;
  return tale?.steps ?? run.recipe.loop.steps;
}

type Emit = (runId: string, event: EventBody) => void;

interface Opened {
  opened: Session;
  /** What it brings along, where it was kept. */
  returned: EventBody | null;
}

export async function openSession(
  request: OpenRequest,
  host: PolicyTrainerHost,
  emit: Emit,
  openOwn: ReturnType<typeof ownWorlds>,
  ask?: AskReference,
): Promise<Opened> {
  const { keep, tell, carried, own, given, reference } = request;
  const worlds = await worldsIn(request.recipe, bringBeside(...(own ? [openOwn(own.encoded)] : [])));
  const keeper = keep ? await host.openKeeper() : null;
  const fresh = sureOf(checkRecipe(request.recipe, worlds));
  const kept = await bringBack(keep?.resume ? keeper : null, keep, carried, fresh.world);
  const recipe = kept ? sureOf(recheckRecipe(fresh, lastRecipe(kept.from?.story ?? kept.story))) : fresh;
  const base = await baseOf(recipe, {
    load: async (world, size) =>
      own?.encoded.name === world ? ownBase(own, size) : host.loadBase(request.site, world, size),
    given: given && broughtModel(given),
  });
  const { device, next, whyNot } = await openBackend(request.backend, host);
  try {
    const run = await openRun(recipe, device, base.config, base.parameters, {
      from: kept?.from ?? undefined,
      reference: reference !== undefined && ask ? asking(reference, ask) : undefined,
    });
    const observer = await observe(run, request.prompt);
    const { runId, backend: asked } = request;
    const tale = tell ? { changes: checkedChanges(tell, fresh), steps: tell.steps } : null;
    const carriedHere = keeper === null && kept !== null ? kept : undefined;
    const recorder = createRecorder({
      shelf: keeper && keep ? { keeper, place: placeOf(keep) } : null,
      run,
      ...(carriedHere && { before: carriedHere }),
      now: host.now,
      onKept: (step) => emit(runId, { kind: 'kept', step }),
      onFailed: (error) => emit(runId, { kind: 'unkept', error: errorToData(error) }),
    });
    const opened: Session = {
      runId,
      run,
      base,
      observer,
      report: reportOf(run, next, whyNot),
      asked,
      lost: false,
      next,
      recorder,
      unlisten: keeper ? tellHealth(runId, keeper, emit) : () => undefined,
      tale,
    };
    return { opened, returned: kept && returnedEvent(kept, run) };
  } catch (error) {
    device.dispose();
    next?.dispose();
    throw error;
  }
}

/** What the model says against being asked is what the run says. */
function asking(sha256: string, ask: AskReference): GivenReference {
  const logps: GivenReference['logps'] = async (sequences) => {
    const reply = await ask(sequences);
    if (reply.ok) return reply.value;
    const { issues, message } = reply.error;
    throw issues ? new InvalidInputError(issues) : new StateError(message);
  };
  return { sha256, logps };
}

/** A run that can't be read is an error: nothing is written over it unasked. */
async function bringBack(
  keeper: Keeper | null,
  keep: KeepRequest | undefined,
  carried: string | undefined,
  world: World,
): Promise<Returned | null> {
  const found = async (): Promise<Returned | null | ErrorData> => {
    if (keeper && keep) return keeper.bringBack(keep, world);
    if (carried === undefined) return null;
    const { fromCapsule } = await import('./keeper.ts');
    return fromCapsule(carried, world);
  };
  const kept = await found();
  if (kept !== null && 'message' in kept) throw new StateError(kept.message);
  return kept;
}

const checkedChanges = ({ changes }: Telling, first: CheckedRecipe): Tale['changes'] =>
  changes.map(({ step, recipe }) => ({ step, recipe: sureOf(recheckRecipe(first, recipe)).recipe }));

function returnedEvent({ metrics: rows, evaluations, losses }: Returned, { recipe }: Run): EventBody {
  return { kind: 'returned', recipe, rows, evaluations, losses };
}

const placeOf = ({ project, run, title }: TitledRunKey): TitledRunKey => ({ project, run, title });

/** From now on whoever listens hears whether the run can be saved; returns what ends that. */
export function tellHealth(runId: string, keeper: Keeper, emit: Emit): () => void {
  emit(runId, { kind: 'health', health: keeper.health });
  return keeper.onHealth((health) => emit(runId, { kind: 'health', health }));
}
