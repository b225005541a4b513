/** What lies in the database: one row type a store, and the key that each row carries. Types and tables only. */
import type { WorldChoices } from '../data/build.ts';
import type { EncodedWorld } from '../data/encoded-world.ts';
import type { EncodingReport } from '../data/encode.ts';
import type { Values } from '../engine/backend.ts';
import type { StepMetrics } from '../metrics/metrics.ts';

export const DATABASE_NAME = 'swayground';
/** Grows with every change of stores or rows; `migrations` then needs an entry, and the tests a golden file. */
export const DATABASE_VERSION = 2;

/** Small things that belong to no project: `current` is the project that a new tab opens. */
export interface MetaRow {
  name: string;
  value: unknown;
}

/** What a visitor set in a project. `value` is the page's own; `schema` tells older code to keep its hands off. */
export interface Settings {
  schema: number;
  value: unknown;
  /** Lamport clock, then writer: the greater one is the newer. */
  clock: number;
  writer: string;
}

/** Times are milliseconds since 1970, given by the page. */
export interface ProjectRow {
  project: string;
  name: string;
  created: number;
  modified: number;
  settings: Settings | null;
}

/** One label event; `event` is checked when it is read. Its id is `writer:counter`. */
export interface EventRow {
  project: string;
  writer: string;
  counter: number;
  event: unknown;
}

/** Many old events in one row, because 100,000 rows take seconds to read and 100 rows do not. */
export interface ChunkRow {
  project: string;
  /** Digest of `events`: the same events make the same row. */
  chunk: string;
  /** JSON of an array of events. */
  events: string;
  /** The greatest counter of each writer in it. */
  last: Record<string, number>;
}

export type RunStatus = 'ready' | 'running' | 'paused' | 'finished' | 'failed';

export interface RunRow {
  project: string;
  run: string;
  title: string;
  /** The recipe and its changes, as the recipes write them; opaque here. */
  story: unknown;
  status: RunStatus;
  /** Updates that are kept. */
  step: number;
  created: number;
  modified: number;
  receipt: unknown;
}

/** Metric rows of the steps from `from` on, without gaps. */
export interface MetricsRow {
  project: string;
  run: string;
  from: number;
  rows: StepMetrics[];
}

export interface EvaluationRow {
  project: string;
  run: string;
  step: number;
  value: unknown;
}

export interface CheckpointRow {
  project: string;
  run: string;
  step: number;
  /** Parameters and optimiser state by name, each flat. */
  states: Record<string, Values>;
  /** JSON of what else is needed to go on. */
  ledger: string;
  /** Of all of the above; see `checkpointDigest`. */
  digest: string;
}

/** A world made of a visitor's own file, and how far a model was taught on it; what is large lies in the next two stores. */
export interface OwnWorldRow {
  /** The world's name, `data-` and its digest. */
  world: string;
  /** The file's name, for people. */
  file: string;
  created: number;
  modified: number;
  /** Of its rows in the next two stores. */
  bytes: number;
  /** What is told of it: how it was made, and what became of the file's pairs. */
  choices: WorldChoices;
  report: EncodingReport;
  coverage: number;
  tokens: number;
  /** The base policy: size, updates behind it, digest of its parameters. */
  size: string;
  step: number;
  digest: string;
}

export interface OwnEncodedRow {
  world: string;
  encoded: EncodedWorld;
}

export interface OwnBaseRow {
  world: string;
  /** The flat block [P]. */
  parameters: Float32Array<ArrayBuffer>;
}

export interface Stores {
  meta: MetaRow;
  projects: ProjectRow;
  events: EventRow;
  chunks: ChunkRow;
  runs: RunRow;
  metrics: MetricsRow;
  evaluations: EvaluationRow;
  checkpoints: CheckpointRow;
  ownWorlds: OwnWorldRow;
  ownEncoded: OwnEncodedRow;
  ownBases: OwnBaseRow;
}
export type StoreName = keyof Stores;

/** The fields that make a row's key, outermost first: a project's rows lie together, and a run's rows within them. */
export const KEYS: { readonly [S in StoreName]: readonly (keyof Stores[S] & string)[] } = {
  meta: ['name'],
  projects: ['project'],
  events: ['project', 'writer', 'counter'],
  chunks: ['project', 'chunk'],
  runs: ['project', 'run'],
  metrics: ['project', 'run', 'from'],
  evaluations: ['project', 'run', 'step'],
  checkpoints: ['project', 'run', 'step'],
  ownWorlds: ['world'],
  ownEncoded: ['world'],
  ownBases: ['world'],
};
export const STORE_NAMES = Object.keys(KEYS) as StoreName[];
/** Everything of a world of the visitor's own. */
export const OWN_STORES = ['ownWorlds', 'ownEncoded', 'ownBases'] as const;
/** Everything of a run, but the row of the run itself. */
export const RUN_STORES = ['metrics', 'evaluations', 'checkpoints'] as const;
/** Everything of a project, but the row of the project itself. */
export const PROJECT_STORES = ['events', 'chunks', 'runs', ...RUN_STORES] as const;
