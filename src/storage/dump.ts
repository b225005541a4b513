/**
 * Everything as one JSON text, in pieces, so that a large database needs no large string. The raw one reads whatever lies
 * there, damaged or written by another version of the site; all have the same form:
 * `{"swayground":"everything","parts":[{"version":1,"stores":{...},"unreadable":[...]}]}`.
 */
import type { IDBPDatabase } from 'idb';
import { wrap } from 'idb';
import type { StorageAround } from './database.ts';
import { within } from './deadline.ts';
import { toJson } from './encode.ts';
import type { Health } from './health.ts';
import { inMemory, reasonOf, STILL_READABLE } from './health.ts';
import type { Key, Rows, Unreadable } from './rows.ts';
import type { StoreName } from './schema.ts';
import { DATABASE_NAME, DATABASE_VERSION, STORE_NAMES } from './schema.ts';
import type { Storage } from './storage.ts';

export const DUMP_KIND = 'everything';
const LARGE: ReadonlySet<string> = new Set<StoreName>(['checkpoints', 'ownEncoded', 'ownBases']);
/** Rows read at a time. */
const batchOf = (store: string): number => (LARGE.has(store) ? 1 : 128);

interface Source {
  version: number;
  stores: readonly string[];
  keys(store: string): Promise<readonly IDBValidKey[]>;
  /** Rejects if one of them can't be read. */
  rows(store: string, keys: readonly IDBValidKey[]): Promise<unknown[]>;
}

/**
 * All that there is: the database with what is in memory only; where this page can't use the database any more (a newer
 * version of the site has it), the database as it lies there, and what is in memory as a part of its own.
 */
export async function* exportAll(
  storage: Storage,
  around: StorageAround,
  name?: string,
): AsyncGenerator<string> {
  const { health } = storage;
  const readable = health.kind === 'kept' || STILL_READABLE.has(health.reason);
  const raw = readable ? null : await openRaw(around, name);
  try {
    yield* file(raw ? [rawSource(raw), sourceOf(storage)] : [sourceOf(storage)]);
  } finally {
    raw?.close();
  }
}

/** All that lies in some rows. */
export function exportRows(rows: Rows): AsyncGenerator<string> {
  return file([sourceOf(rows)]);
}

/** The database as it lies there, whatever its version and state; for the page that clears it. */
export async function* exportRaw(around: StorageAround, name?: string): AsyncGenerator<string> {
  const raw = await openRaw(around, name);
  try {
    yield* file(raw ? [rawSource(raw)] : []);
  } finally {
    raw?.close();
  }
}

export type Cleared = { ok: true } | { ok: false; health: Health };

/** Deletes the database, or says why it could not; other tabs that have it open go on in memory. */
export async function clearAll(around: StorageAround, name = DATABASE_NAME, seconds = 10): Promise<Cleared> {
  let blocked = false;
  try {
    const request = around.indexedDB()?.deleteDatabase(name);
    if (!request) return { ok: false, health: inMemory('unavailable') };
    request.onblocked = () => (blocked = true);
    await within(seconds, 'Clearing', wrap(request));
    return { ok: true };
  } catch (error) {
    return { ok: false, health: inMemory(blocked ? 'blocked' : (reasonOf(error) ?? 'broken'), error) };
  }
}

function sourceOf(rows: Rows): Source {
  return {
    version: DATABASE_VERSION,
    stores: STORE_NAMES,
    keys: (store) =>
      rows.transact('read', [store as StoreName], async (tx) =>
        (await tx.keys(store as StoreName, [])).map((key) => [...key]),
      ),
    rows: (store, keys) =>
      rows.transact('read', [store as StoreName], (tx) =>
        Promise.all(keys.map((key) => tx.get(store as StoreName, key as Key))),
      ),
  };
}

function rawSource(db: IDBPDatabase): Source {
  return {
    version: db.version,
    stores: [...db.objectStoreNames],
    keys: (store) => db.getAllKeys(store),
    rows: (store, keys) => Promise.all(keys.map((key) => db.get(store, key))),
  };
}

/** Without a version: whichever is there. Null where there is none, or the browser does not give it. */
async function openRaw(around: StorageAround, name = DATABASE_NAME): Promise<IDBPDatabase | null> {
  let opening: Promise<IDBPDatabase> | undefined;
  try {
    const request = around.indexedDB()?.open(name);
    if (!request) return null;
    request.onupgradeneeded = () => request.transaction?.abort(); // there was none: make none
    opening = wrap(request) as Promise<IDBPDatabase>;
    const db = await within(10, 'Opening the database', opening);
    db.addEventListener('versionchange', () => db.close());
    return db;
  } catch {
    opening?.then(
      (db) => db.close(),
      () => undefined,
    );
    return null;
  }
}

async function* file(sources: readonly Source[]): AsyncGenerator<string> {
  yield `{"swayground":${JSON.stringify(DUMP_KIND)},"parts":[`;
  for (const [i, source] of sources.entries()) {
    if (i > 0) yield ',';
    yield* part(source);
  }
  yield ']}\n';
}

async function* part(source: Source): AsyncGenerator<string> {
  const unreadable: Unreadable[] = [];
  yield `{"version":${source.version},"stores":{`;
  for (const [i, store] of source.stores.entries()) {
    yield `${i > 0 ? ',' : ''}\n${JSON.stringify(store)}:[`;
    let comma = '';
    for await (const row of rowsOf(source, store, unreadable)) {
      yield `${comma}\n${JSON.stringify(toJson(row))}`;
      comma = ',';
    }
    yield ']';
  }
  yield `},\n"unreadable":${JSON.stringify(unreadable)}}`;
}

async function* rowsOf(source: Source, store: string, unreadable: Unreadable[]): AsyncGenerator<unknown> {
  const note = (key: unknown, error: unknown): void =>
    void unreadable.push({ store, key: (Array.isArray(key) ? key : [key]) as Key, why: String(error) });
  let keys: readonly IDBValidKey[] = [];
  try {
    keys = await source.keys(store);
  } catch (error) {
    note([], error);
  }
  const size = batchOf(store);
  for (let from = 0; from < keys.length; from += size) {
    const some = keys.slice(from, from + size);
    const together = await source.rows(store, some).catch(() => null);
    if (together) yield* together;
    else {
      for (const key of some) {
        try {
          yield* await source.rows(store, [key]);
        } catch (error) {
          note(key, error);
        }
      }
    }
  }
}
