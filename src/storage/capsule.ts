/**
 * One run by itself, as the text of a file like those of everything that is kept: how a run gets from a worker without a
 * database to the page and back.
 */
import { exportRows } from './dump.ts';
import type { Written } from './log.ts';
import { DELETED, WRITTEN } from './log.ts';
import { memoryRows } from './memory.ts';
import { importAll } from './restore.ts';
import type { Rows, Tx } from './rows.ts';
import type { RunKey } from './runs.ts';
import type { RunRow, StoreName, Stores } from './schema.ts';
import { RUN_STORES } from './schema.ts';

type RunStore = (typeof RUN_STORES)[number];

/** Everything of a run. */
interface WholeRun {
  run: RunRow;
  rows: { store: RunStore; row: Stores[RunStore] }[];
}

/** Null where there is no such run. */
export async function capsuleOf(rows: Rows, place: RunKey): Promise<string | null> {
  const whole = await wholeRun(rows, place);
  if (!whole) return null;
  const alone = memoryRows(null);
  await alone.transact('write', ['projects', 'runs', ...RUN_STORES], async (tx) => {
    const { project } = place;
    await tx.put('projects', { project, name: whole.run.title, created: 0, modified: 0, settings: null });
    await putWhole(tx, whole, place);
  });
  let text = '';
  for await (const part of exportRows(alone)) text += part;
  return text;
}

/** The rows of a capsule, and where its run lies in them; null for a text that is none. */
export async function openCapsule(text: string): Promise<{ rows: Rows; place: RunKey } | null> {
  const rows = memoryRows(null);
  if (!(await importAll(rows, text)).ok) return null;
  const keys = await rows.transact('read', ['runs'], (tx) => tx.keys('runs', []));
  const [project, run] = keys[0] ?? [];
  return typeof project === 'string' && typeof run === 'string' ? { rows, place: { project, run } } : null;
}

/** Puts the run of a capsule at a place, instead of what lies there. */
export async function putCapsule(rows: Rows, text: string, place: RunKey): Promise<Written> {
  const opened = await openCapsule(text);
  const whole = opened && (await wholeRun(opened.rows, opened.place));
  if (!whole) return DELETED;
  return rows.transact('write', ['projects', 'runs', ...RUN_STORES], async (tx) => {
    if (!(await tx.get('projects', [place.project]))) return DELETED;
    for (const store of RUN_STORES) await tx.removeAll(store, [place.project, place.run]);
    await putWhole(tx, whole, place);
    return WRITTEN;
  });
}

async function wholeRun(from: Rows, { project, run }: RunKey): Promise<WholeRun | null> {
  const row = await from.transact('read', ['runs'], (tx) => tx.get('runs', [project, run]));
  if (!row) return null;
  const rows: WholeRun['rows'] = [];
  for (const store of RUN_STORES) {
    const all = await from.transact('read', [store], (tx) => tx.all(store, [project, run]));
    rows.push(...all.map((one) => ({ store, row: one })));
  }
  return { run: row, rows };
}

async function putWhole(tx: Tx, { run, rows }: WholeRun, place: RunKey): Promise<void> {
  await tx.put('runs', { ...run, ...place });
  for (const { store, row } of rows) await tx.put<StoreName>(store, { ...row, ...place });
}
