/** Keeps runs in storage, and brings them back checked: what lies there may be damaged, older, or another model's. */
import type { ErrorData } from '../base/errors.ts';
import { describeIssue } from '../base/errors.ts';
import type { StepMetrics } from '../metrics/metrics.ts';
import type { LmConfig } from '../models/lm/config.ts';
import { lmConfig, parameterCount } from '../models/lm/config.ts';
import { POLICY } from '../models/lm/programs.ts';
import { readShared } from '../links/read.ts';
import { KEPT_CAPS } from '../links/story.ts';
import { OPEN_VIEW } from '../links/visible.ts';
import { writeShared } from '../links/write.ts';
import type { Receipt } from '../runs/receipt.ts';
import { readChain } from '../runs/receipt.ts';
import type { RunSnapshot, Whereabouts } from '../runs/runner.ts';
import type { Story } from '../runs/story.ts';
import type { Evaluation } from '../runs/views.ts';
import { capsuleOf, openCapsule } from '../storage/capsule.ts';
import type { Health } from '../storage/health.ts';
import { memoryRows } from '../storage/memory.ts';
import type { Rows } from '../storage/rows.ts';
import { createProject } from '../storage/projects.ts';
import type { Evaluated, Resumed, RunKey } from '../storage/runs.ts';
import { createRun, resumeRun, saveProgress } from '../storage/runs.ts';
import type { RunStatus } from '../storage/schema.ts';
import { worldsOf } from '../worlds/index.ts';
import type { World } from '../worlds/world.ts';
import type { Storage } from '../storage/storage.ts';

/** Where a run is kept. */
export interface TitledRunKey extends RunKey {
  /** Shown where runs are listed. */
  title: string;
}

/** What has come about since the last save. */
export interface SavedRun {
  /** Of the story. */
  world: World;
  status: RunStatus;
  story: Story;
  receipt: Receipt | null;
  snapshot: RunSnapshot;
  metrics: readonly StepMetrics[];
  evaluations: readonly Evaluation[];
}

/** A run as it was kept. */
export interface Returned {
  /** Null where no checkpoint is whole: the run begins anew under its story's last recipe. */
  from: Whereabouts | null;
  story: Story;
  metrics: StepMetrics[];
  evaluations: Evaluation[];
  /** What could not be brought back, as sentences. */
  losses: string[];
}

export interface RunKeeper {
  /** Resolves once it is written; false where the run or its project was deleted meanwhile. */
  save(place: TitledRunKey, kept: SavedRun): Promise<boolean>;
  /** Null where there is no such run. `world`: the one that it is about. */
  bringBack(place: RunKey, world: World): Promise<Returned | null | ErrorData>;
  /** The run by itself, as it was saved last; null where there is none. */
  capsule(place: RunKey): Promise<string | null>;
}

/** A keeper of what outlives the worker. */
export interface Keeper extends RunKeeper {
  readonly health: Health;
  /** Calls back at every change of health; returns what ends that. */
  onHealth(listener: (health: Health) => void): () => void;
}

/** `today`: milliseconds since 1970. */
export function createKeeper(storage: Storage, today: () => number): Keeper {
  return {
    ...runKeeper(storage, today),
    get health() {
      return storage.health;
    },
    onHealth: (listener) => storage.onHealth(listener),
  };
}

/** The run of now by itself, kept nowhere. */
export async function capsuleOfNow(place: TitledRunKey, kept: SavedRun): Promise<string | null> {
  const rows = memoryRows(null);
  const { project, title: name } = place;
  await createProject(rows, project, name, 0);
  const keeper = runKeeper(rows, () => 0);
  await keeper.save(place, kept);
  return keeper.capsule(place);
}

/** Goes on with the run of a capsule. */
export async function fromCapsule(text: string, world: World): Promise<Returned | null | ErrorData> {
  const opened = await openCapsule(text);
  return opened && runKeeper(opened.rows, () => 0).bringBack(opened.place, world);
}

function runKeeper(storage: Rows, today: () => number): RunKeeper {
  const created = new Set<string>();

  return {
    save: async ({ title, ...place }, kept) => {
      const { status, receipt, snapshot, metrics, evaluations } = kept;
      const story = writeShared(
        { kind: 'lab', story: kept.story, receipt: null, view: OPEN_VIEW },
        kept.world,
      );
      const modified = today();
      if (!created.has(place.run)) {
        const known = await storage.transact('read', ['runs'], (tx) =>
          tx.get('runs', [place.project, place.run]),
        );
        const row = { ...place, title, story, status, step: 0, created: modified, modified, receipt };
        if (!known && !(await createRun(storage, row)).ok) return false;
        created.add(place.run);
      }
      const evaluated = evaluations.map((value) => ({ step: value.step, value }));
      const progress = { status, modified, title, story, receipt, metrics, evaluations: evaluated };
      return (
        await saveProgress(storage, place, {
          ...progress,
          checkpoint: { step: snapshot.step, states: snapshot.states, ledger: snapshot.chain },
        })
      ).ok;
    },
    bringBack: async (place, world) => {
      const resumed = await resumeRun(storage, place);
      if (!resumed) return null;
      created.add(place.run);
      return returned(resumed, world);
    },
    capsule: (place) => capsuleOf(storage, place),
  };
}

function returned(resumed: Resumed, world: World): Returned | ErrorData {
  const read = readShared(resumed.run.story, worldsOf(world), KEPT_CAPS);
  if (!read.ok || read.value.kind !== 'lab') {
    const why = read.ok ? 'It is a race.' : read.issues.map(describeIssue).join(' ');
    return { name: 'InvalidInputError', message: `The kept run can't be read. ${why}` };
  }
  const { story } = read.value;
  const losses = resumed.skipped.map(
    ({ step, why }) => `The checkpoint of step ${step} is damaged (${why}); an older one is used.`,
  );
  if (resumed.unreadable.length > 0)
    losses.push(`${resumed.unreadable.length} records of its curves could not be read.`);
  const snapshot = wholeSnapshot(
    resumed,
    lmConfig(story.recipe.model.size, world.words.length, world.context),
  );
  if (!snapshot) {
    losses.push(
      'No checkpoint of this run is whole, so it begins anew; labels and settings are as they were.',
    );
    return { from: null, story, metrics: [], evaluations: [], losses };
  }
  const changes = story.changes.filter(({ step }) => step <= snapshot.step);
  return {
    from: { story: { ...story, changes }, snapshot },
    story,
    metrics: resumed.metrics,
    evaluations: resumed.evaluations.flatMap(evaluationOf),
    losses,
  };
}

function wholeSnapshot({ checkpoint }: Resumed, config: LmConfig): RunSnapshot | null {
  if (!checkpoint) return null;
  const { ledger, ...others } = checkpoint;
  const chain = readChain(ledger, checkpoint.step);
  const policy = checkpoint.states[POLICY];
  return chain && policy?.length === parameterCount(config) ? { ...others, chain } : null;
}

/** Rows that this code wrote, or a person imported: drawn only where they have what a drawing reads. */
function evaluationOf({ value }: Evaluated): Evaluation[] {
  const one = value as Partial<Evaluation> | null;
  const whole =
    typeof one === 'object' &&
    one !== null &&
    typeof one.step === 'number' &&
    typeof one.kl === 'number' &&
    typeof one.entropy === 'number' &&
    isNumbers(one.accuracies) &&
    isNumbers(one.pairs);
  return whole ? [one as Evaluation] : [];
}

const isNumbers = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && Object.values(value).every((one) => typeof one === 'number');
