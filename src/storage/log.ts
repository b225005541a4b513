/** The log of label events of a project. Appending costs the same however long the log is. */
import { digest } from '../base/digest.ts';
import type { Known, StoredEvent } from './events.ts';
import { mergeEvents, plainEvent, readEvent, splitId } from './events.ts';
import type { Rows, Unreadable } from './rows.ts';
import { readableRows } from './rows.ts';
import type { ChunkRow, EventRow } from './schema.ts';

/** Events a chunk. */
export const CHUNK = 1024;

/** Whether something was written; `deleted`: the project or run is gone (another tab deleted it). */
export type Written = { ok: true } | { ok: false; reason: 'deleted' };
export const WRITTEN: Written = { ok: true };
export const DELETED: Written = { ok: false, reason: 'deleted' };

/** Resolves when the events are on disk. Appending what is there already changes nothing. */
export function appendEvents(rows: Rows, project: string, events: readonly StoredEvent[]): Promise<Written> {
  const added = events.flatMap((event) => eventRow(project, event) ?? []);
  return rows.transact('write', ['projects', 'events'], async (tx) => {
    if ((await tx.get('projects', [project])) === undefined) return DELETED;
    await Promise.all(added.map((row) => tx.put('events', row)));
    return WRITTEN;
  });
}

export function eventRow(project: string, event: StoredEvent): EventRow | null {
  const parts = splitId(event.id);
  return parts && { project, ...parts, event: plainEvent(event) };
}

export interface LoadedEvents {
  /** In order, without doubles. */
  events: StoredEvent[];
  /** Rows that are damaged; the rest is all there. */
  unreadable: Unreadable[];
}

export async function loadEvents(rows: Rows, project: string): Promise<LoadedEvents> {
  // events before chunks: what another tab moves between the two reads is then read twice, not never
  const loose = await readableRows(rows, 'events', [project]);
  const chunks = await readableRows(rows, 'chunks', [project]);
  const unreadable = [...loose.unreadable, ...chunks.unreadable];
  // chunks lie in the order of their digests; sorting a few of them spares sorting all events
  const old = chunks.rows
    .map((row) => eventsOfChunk(row, unreadable))
    .sort((a, b) => (a[0]?.clock ?? 0) - (b[0]?.clock ?? 0));
  const recent = loose.rows.flatMap((row) => eventOfRow(row, unreadable));
  return { events: mergeEvents(...old, recent), unreadable };
}

/** What a tab that knows `known` has missed. May send more than that, never less. */
export function eventsSince(rows: Rows, project: string, known: Known): Promise<StoredEvent[]> {
  const isNew = (writer: string, counter: number): boolean => counter > (known[writer] ?? 0);
  return rows.transact('read', ['events', 'chunks'], async (tx) => {
    const loose = await tx.all('events', [project]);
    const chunks = await tx.all('chunks', [project]);
    const events = [
      ...chunks
        .filter(({ last }) => Object.entries(last).some(([writer, counter]) => isNew(writer, counter)))
        .flatMap((row) => eventsOfChunk(row, [])),
      ...loose.filter(({ writer, counter }) => isNew(writer, counter)).flatMap((row) => eventOfRow(row, [])),
    ];
    return mergeEvents(events).filter(({ id }) => {
      const parts = splitId(id);
      return parts !== null && isNew(parts.writer, parts.counter);
    });
  });
}

/**
 * Moves whole chunks' worth of events out of their own rows, so that a long log opens quickly. For the tab that is the
 * writer, after loading and when it has time; resolves to how many were moved.
 */
export async function compactEvents(rows: Rows, project: string): Promise<number> {
  const loose = await rows.transact('read', ['events'], (tx) => tx.keys('events', [project]));
  if (loose.length < CHUNK) return 0;
  return rows.transact('write', ['events', 'chunks'], async (tx) => {
    const found = await tx.all('events', [project]);
    const whole = found.length - (found.length % CHUNK);
    for (let from = 0; from < whole; from += CHUNK) {
      await tx.put('chunks', chunkOf(project, found.slice(from, from + CHUNK)));
    }
    // one range and a few rows again: far quicker than one row at a time
    await tx.removeAll('events', [project]);
    for (const row of found.slice(whole)) await tx.put('events', row);
    return whole;
  });
}

export function chunkOf(project: string, rows: readonly Omit<EventRow, 'project'>[]): ChunkRow {
  const events = JSON.stringify(rows.map(({ event }) => event));
  const last: Record<string, number> = {};
  for (const { writer, counter } of rows) last[writer] = Math.max(last[writer] ?? 0, counter);
  return { project, chunk: digest(new TextEncoder().encode(events)), events, last };
}

function eventOfRow({ project, writer, counter, event }: EventRow, unreadable: Unreadable[]): StoredEvent[] {
  const read = readEvent(event);
  if (read?.id === `${writer}:${counter}`) return [read];
  unreadable.push({ store: 'events', key: [project, writer, counter], why: 'This is no label event.' });
  return [];
}

export function eventsOfChunk({ project, chunk, events }: ChunkRow, unreadable: Unreadable[]): StoredEvent[] {
  const bad = (why: string): void => void unreadable.push({ store: 'chunks', key: [project, chunk], why });
  try {
    const parsed: unknown = JSON.parse(events);
    if (!Array.isArray(parsed)) throw new TypeError('This is no list of events.');
    return parsed.flatMap((value) => {
      const event = readEvent(value);
      if (event === null) bad('An entry is no label event.');
      return event ?? [];
    });
  } catch (error) {
    bad(String(error));
    return [];
  }
}
