/**
 * Runs with their metrics and checkpoints. The trainer's worker calls this, so that the page's thread never waits for a
 * checkpoint. One save is one transaction: what is kept of a run is always one moment of it.
 */
import { digest } from '../base/digest.ts';
import { StateError } from '../base/errors.ts';
import type { Values } from '../engine/backend.ts';
import type { StepMetrics } from '../metrics/metrics.ts';
import type { RunSnapshot } from '../runs/runner.ts';
import type { Written } from './log.ts';
import { DELETED, WRITTEN } from './log.ts';
import type { Rows, Tx, Unreadable } from './rows.ts';
import { readableRow, readableRows } from './rows.ts';
import type { CheckpointRow, EvaluationRow, RunRow } from './schema.ts';
import { RUN_STORES } from './schema.ts';

/** Checkpoints that are kept of each run: the newest, and the one before in case the newest is damaged. */
const KEPT_CHECKPOINTS = 2;

export interface RunKey {
  project: string;
  run: string;
}

export type Evaluated = Pick<EvaluationRow, 'step' | 'value'>;

/** A snapshot with whatever else the run needs to go on (`ledger`: JSON, its hash chain). */
export interface Checkpoint extends Omit<RunSnapshot, 'chain'> {
  ledger: unknown;
}

/** Where a run has come to since the last save. */
export interface Progress extends Partial<Pick<RunRow, 'title' | 'story' | 'receipt'>> {
  status: RunRow['status'];
  modified: number;
  /** Rows and evaluations since the last save, up to the checkpoint's step. */
  metrics: readonly StepMetrics[];
  evaluations: readonly Evaluated[];
  checkpoint: Checkpoint;
}

export type RunChange = Partial<Pick<RunRow, 'title' | 'story' | 'status' | 'receipt' | 'modified'>>;

export function createRun(rows: Rows, run: RunRow): Promise<Written> {
  return rows.transact('write', ['projects', 'runs'], async (tx) => {
    if (!(await tx.get('projects', [run.project]))) return DELETED;
    await tx.put('runs', run);
    return WRITTEN;
  });
}

/** The one worked on last comes first. */
export async function listRuns(
  rows: Rows,
  project: string,
): Promise<{ runs: RunRow[]; unreadable: Unreadable[] }> {
  const { rows: runs, unreadable } = await readableRows(rows, 'runs', [project]);
  return { runs: runs.sort((a, b) => b.modified - a.modified), unreadable };
}

export function updateRun(rows: Rows, place: RunKey, change: RunChange): Promise<Written> {
  return rows.transact('write', ['runs'], async (tx) => {
    const row = await tx.get('runs', keyOfRun(place));
    if (!row) return DELETED;
    await tx.put('runs', { ...row, ...change });
    return WRITTEN;
  });
}

/**
 * Keeps the progress, with its checkpoint, and lets older checkpoints go. If the run has gone back (Reset, or an older
 * checkpoint after a damaged one), what was kept beyond that point goes too.
 */
export async function saveProgress(rows: Rows, place: RunKey, progress: Progress): Promise<Written> {
  const { metrics, evaluations, checkpoint, ...change } = progress;
  const { step } = checkpoint;
  if (metrics.some((one, i) => one.step !== step - metrics.length + 1 + i)) {
    throw new StateError(`the rows do not lead up to step ${step} one by one.`);
  }
  const from = metrics[0]?.step ?? step + 1;
  const row = checkpointRow(place, checkpoint);
  return rows.transact('write', ['runs', ...RUN_STORES], async (tx) => {
    const run = await tx.get('runs', keyOfRun(place));
    if (!run) return DELETED;
    if (run.step >= from) await dropAfter(tx, place, from - 1);
    if (metrics.length > 0) await tx.put('metrics', { ...place, from, rows: [...metrics] });
    for (const evaluation of evaluations) await tx.put('evaluations', { ...place, ...evaluation });
    await tx.put('checkpoints', row);
    await tx.put('runs', { ...run, ...change, step });
    const keys = await tx.keys('checkpoints', keyOfRun(place));
    for (const key of keys.slice(0, -KEPT_CHECKPOINTS)) await tx.remove('checkpoints', key);
    return WRITTEN;
  });
}

async function dropAfter(tx: Tx, place: RunKey, step: number): Promise<void> {
  const key = keyOfRun(place);
  for (const store of RUN_STORES) await tx.removeAll(store, key, step);
  const straddling = (await tx.keys('metrics', key)).at(-1);
  const row = straddling && (await tx.get('metrics', straddling));
  if (row) await tx.put('metrics', { ...row, rows: row.rows.filter((one) => one.step <= step) });
}

export interface SkippedCheckpoint {
  step: number;
  why: string;
}

export interface Resumed {
  run: RunRow;
  /** The newest checkpoint that is whole; null if there is none: the run can be looked at, and begun anew. */
  checkpoint: Checkpoint | null;
  /** Up to the checkpoint's step, in order; all of them if there is no checkpoint. */
  metrics: StepMetrics[];
  evaluations: Evaluated[];
  /** Newer checkpoints that are damaged. */
  skipped: SkippedCheckpoint[];
  unreadable: Unreadable[];
}

/** Null if there is no such run. */
export async function resumeRun(rows: Rows, place: RunKey): Promise<Resumed | null> {
  const key = keyOfRun(place);
  const run = await rows.transact('read', ['runs'], (tx) => tx.get('runs', key));
  if (!run) return null;
  const { checkpoint, skipped } = await newestWhole(rows, place);
  const metrics = await readableRows(rows, 'metrics', key);
  const evaluations = await readableRows(rows, 'evaluations', key);
  const upTo = checkpoint?.step ?? Infinity;
  return {
    run,
    checkpoint,
    metrics: metrics.rows.flatMap(({ rows: some }) => some).filter(({ step }) => step <= upTo),
    evaluations: evaluations.rows
      .filter(({ step }) => step <= upTo)
      .map(({ step, value }) => ({ step, value })),
    skipped,
    unreadable: [...metrics.unreadable, ...evaluations.unreadable],
  };
}

async function newestWhole(rows: Rows, place: RunKey): Promise<Pick<Resumed, 'checkpoint' | 'skipped'>> {
  const keys = await rows.transact('read', ['checkpoints'], (tx) => tx.keys('checkpoints', keyOfRun(place)));
  const skipped: SkippedCheckpoint[] = [];
  for (const key of [...keys].reverse()) {
    const read = await readableRow(rows, 'checkpoints', key);
    const checked = 'why' in read ? read : checkedCheckpoint(read.value);
    if (!('why' in checked)) return { checkpoint: checked, skipped };
    skipped.push({ step: Number(key[2]), why: checked.why });
  }
  return { checkpoint: null, skipped };
}

export function deleteRun(rows: Rows, place: RunKey): Promise<void> {
  return rows.transact('write', ['runs', ...RUN_STORES], async (tx) => {
    for (const store of ['runs', ...RUN_STORES] as const) await tx.removeAll(store, keyOfRun(place));
    await tx.remove('runs', keyOfRun(place));
  });
}

/** Holds copies: training may go on while it is being written, and a view would take its whole buffer along. */
function checkpointRow(place: RunKey, { step, states: own, ledger }: Checkpoint): CheckpointRow {
  const states = Object.fromEntries(Object.entries(own).map(([name, values]) => [name, values.slice()]));
  const row = { step, states, ledger: JSON.stringify(ledger ?? null) };
  return { ...place, ...row, digest: checkpointDigest(row) };
}

function checkedCheckpoint(row: CheckpointRow | undefined): Checkpoint | { why: string } {
  try {
    if (row === undefined) return { why: 'It is gone.' };
    if (checkpointDigest(row) !== row.digest) return { why: 'Its digest does not fit its contents.' };
    return { step: row.step, states: row.states, ledger: JSON.parse(row.ledger) as unknown };
  } catch (error) {
    return { why: String(error) };
  }
}

/** Over step, ledger, and each state's name, type, length and bytes. */
function checkpointDigest({
  step,
  states,
  ledger,
}: Pick<CheckpointRow, 'step' | 'states' | 'ledger'>): string {
  const parts = Object.entries(states).map(([name, values]) => [
    name,
    values.constructor.name,
    values.length,
    digest(bytesOf(values)),
  ]);
  return digest(new TextEncoder().encode(JSON.stringify([step, ledger, parts])));
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Values): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

const keyOfRun = ({ project, run }: RunKey): [string, string] => [project, run];
