/** Reads a file that `exportAll` wrote into what is kept here, by union: nothing that is here is lost. */
import * as v from 'valibot';
import type { Checked, Issue } from '../base/errors.ts';
import { DUMP_KIND } from './dump.ts';
import { fromJson } from './encode.ts';
import type { StoredEvent } from './events.ts';
import { mergeEvents, readEvent } from './events.ts';
import { CHUNK, chunkOf, eventRow, eventsOfChunk, loadEvents } from './log.ts';
import type { StepMetrics } from '../metrics/metrics.ts';
import { OWN_ROWS, takeOwn } from './own-worlds.ts';
import { newerProject } from './projects.ts';
import type { Rows, Tx } from './rows.ts';
import type { EventRow, StoreName, Stores } from './schema.ts';
import { DATABASE_VERSION, OWN_STORES, PROJECT_STORES, RUN_STORES } from './schema.ts';

export interface Restored {
  projects: number;
  /** Events and runs that were not here, or not as far. */
  events: number;
  runs: number;
  /** Worlds of the visitor's own files that were not here, or worked on here last. */
  worlds: number;
  /** Rows of the file that are damaged and were left out. */
  damaged: number;
}

const text = v.pipe(v.string(), v.minLength(1), v.maxLength(500));
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const time = v.pipe(v.number(), v.finite());
const numbers = v.union([v.instance(Float32Array), v.instance(Float64Array), v.instance(Int32Array)]);
const settings = v.looseObject({ schema: count, value: v.unknown(), clock: count, writer: v.string() });
const metricRow = v.custom<StepMetrics>((row) => v.is(v.looseObject({ step: count }), row));
const ofRun = { project: text, run: text };

/** `meta` is of this browser alone, so it is not read. */
const ROWS: { readonly [S in Exclude<StoreName, 'meta'>]: v.GenericSchema<unknown, Stores[S]> } = {
  projects: v.looseObject({
    project: text,
    name: v.string(),
    created: time,
    modified: time,
    settings: v.nullable(settings),
  }),
  events: v.object({ project: text, writer: text, counter: count, event: v.unknown() }),
  chunks: v.object({ project: text, chunk: text, events: v.string(), last: v.record(text, count) }),
  runs: v.looseObject({
    ...ofRun,
    title: v.string(),
    story: v.unknown(),
    status: v.picklist(['ready', 'running', 'paused', 'finished', 'failed']),
    step: count,
    created: time,
    modified: time,
    receipt: v.unknown(),
  }),
  metrics: v.object({
    ...ofRun,
    from: count,
    rows: v.array(metricRow),
  }),
  evaluations: v.object({ ...ofRun, step: count, value: v.unknown() }),
  checkpoints: v.object({
    ...ofRun,
    step: count,
    states: v.record(text, numbers),
    ledger: v.string(),
    digest: v.string(),
  }),
  ...OWN_ROWS,
};

type Part = { [S in Exclude<StoreName, 'meta'>]: Stores[S][] };
const STORES = Object.keys(ROWS) as (keyof Part)[];

export async function importAll(rows: Rows, file: string): Promise<Checked<Restored>> {
  const parts = readParts(file);
  if (!parts.ok) return parts;
  const total: Restored = { projects: 0, events: 0, runs: 0, worlds: 0, damaged: 0 };
  for (const part of parts.value) {
    const read = readRows(part.stores);
    const restored = await unite(rows, read.rows);
    total.damaged += read.damaged;
    for (const key of ['projects', 'events', 'runs'] as const) total[key] += restored[key];
    total.worlds += await uniteOwn(rows, read.rows);
  }
  return { ok: true, value: total };
}

const dumpFile = v.object({
  swayground: v.literal(DUMP_KIND),
  parts: v.array(v.object({ version: count, stores: v.record(v.string(), v.array(v.unknown())) })),
});

function readParts(file: string): Checked<v.InferOutput<typeof dumpFile>['parts']> {
  let json: unknown;
  try {
    json = JSON.parse(file);
  } catch {
    return refused('dump/not-json', 'a file that this site wrote', 'something else, or a part of one');
  }
  const read = v.safeParse(dumpFile, json);
  if (!read.success) return refused('dump/not-a-dump', 'a file that this site wrote', 'other JSON');
  const newer = read.output.parts.find(({ version }) => version > DATABASE_VERSION);
  if (!newer) return { ok: true, value: read.output.parts };
  const cure = 'Reload this page to get the newer version of the site, then open the file again.';
  return refused('dump/newer', `version ${DATABASE_VERSION} or older`, `version ${newer.version}`, cure);
}

function refused(
  code: string,
  expected: string,
  received: string,
  cure = 'Choose a file that was downloaded from this site.',
): { ok: false; issues: Issue[] } {
  return { ok: false, issues: [{ code, at: 'file', expected, received, cure }] };
}

function readRows(stores: Readonly<Record<string, unknown[]>>): { rows: Part; damaged: number } {
  let damaged = 0;
  const rowsOf = <S extends keyof Part>(store: S): Stores[S][] =>
    (stores[store] ?? []).flatMap((value) => {
      const row = v.safeParse<v.GenericSchema<unknown, Stores[S]>>(ROWS[store], decoded(value));
      if (row.success) return [row.output];
      damaged++;
      return [];
    });
  const rows = Object.fromEntries(STORES.map((store) => [store, rowsOf(store)])) as unknown as Part;
  return { rows, damaged };
}

function decoded(value: unknown): unknown {
  try {
    return fromJson(value);
  } catch {
    return null;
  }
}

async function unite(rows: Rows, part: Part): Promise<Omit<Restored, 'damaged' | 'worlds'>> {
  const added = new Map<string, StoredEvent[]>();
  for (const { project } of part.projects) {
    // events never change, so what another tab adds meanwhile can only be there twice, which is once
    const here = new Set((await loadEvents(rows, project)).events.map(({ id }) => id));
    added.set(
      project,
      eventsOf(part, project).filter(({ id }) => !here.has(id)),
    );
  }
  return rows.transact('write', ['projects', ...PROJECT_STORES], async (tx) => {
    let runs = 0;
    for (const row of part.projects) {
      await tx.put('projects', newerProject(await tx.get('projects', [row.project]), row));
      await putEvents(tx, row.project, added.get(row.project) ?? []);
      for (const run of part.runs.filter(({ project }) => project === row.project)) {
        const here = await tx.get('runs', [run.project, run.run]);
        if (here && here.step >= run.step) continue;
        await putRun(tx, part, run);
        runs++;
      }
    }
    const events = [...added.values()].reduce((sum, some) => sum + some.length, 0);
    return { projects: part.projects.length, events, runs };
  });
}

/** How many worlds were taken; one of which the file lacks a part is left out. */
function uniteOwn(rows: Rows, part: Part): Promise<number> {
  return rows.transact('write', OWN_STORES, async (tx) => {
    let taken = 0;
    for (const head of part.ownWorlds) {
      const data = part.ownEncoded.find(({ world }) => world === head.world);
      const base = part.ownBases.find(({ world }) => world === head.world);
      if (data && base && (await takeOwn(tx, head, data, base))) taken++;
    }
    return taken;
  });
}

function eventsOf(part: Part, of: string): StoredEvent[] {
  return mergeEvents(
    part.chunks.filter(({ project }) => project === of).flatMap((row) => eventsOfChunk(row, [])),
    part.events.filter(({ project }) => project === of).flatMap(({ event }) => readEvent(event) ?? []),
  );
}

async function putEvents(tx: Tx, project: string, events: readonly StoredEvent[]): Promise<void> {
  const rows: EventRow[] = events.flatMap((event) => eventRow(project, event) ?? []);
  const whole = rows.length - (rows.length % CHUNK);
  for (let from = 0; from < whole; from += CHUNK) {
    await tx.put('chunks', chunkOf(project, rows.slice(from, from + CHUNK)));
  }
  for (const row of rows.slice(whole)) await tx.put('events', row);
}

/** A run is taken whole: two histories of one run are not mixed. */
async function putRun(tx: Tx, part: Part, run: Stores['runs']): Promise<void> {
  await tx.put('runs', run);
  for (const store of RUN_STORES) {
    await tx.removeAll(store, [run.project, run.run]);
    for (const row of part[store]) {
      if (row.project === run.project && row.run === run.run) await tx.put<StoreName>(store, row);
    }
  }
}
