/** Opens the database: migrations, deadlines, and what to make of a browser that refuses. */
import type { IDBPDatabase } from 'idb';
import { wrap } from 'idb';
import { within } from './deadline.ts';
import type { Health } from './health.ts';
import { inMemory, KEPT, reasonOf } from './health.ts';
import { DATABASE_NAME, DATABASE_VERSION } from './schema.ts';

/** What storage needs of the browser; tests bring their own. */
export interface StorageAround {
  /** May throw: some browsers refuse the mere question. */
  indexedDB(): IDBFactory | undefined;
}

export const browserStorage: StorageAround = { indexedDB: () => globalThis.indexedDB };

/**
 * Entry n makes version n + 1 of version n, within the one transaction that upgrades the database. Entries are never
 * edited once released, and never use today's tables: those move on.
 */
export const MIGRATIONS: readonly ((db: IDBDatabase, tx: IDBTransaction) => void)[] = [
  (db) => {
    db.createObjectStore('meta', { keyPath: ['name'] });
    db.createObjectStore('projects', { keyPath: ['project'] });
    db.createObjectStore('events', { keyPath: ['project', 'writer', 'counter'] });
    db.createObjectStore('chunks', { keyPath: ['project', 'chunk'] });
    db.createObjectStore('runs', { keyPath: ['project', 'run'] });
    db.createObjectStore('metrics', { keyPath: ['project', 'run', 'from'] });
    db.createObjectStore('evaluations', { keyPath: ['project', 'run', 'step'] });
    db.createObjectStore('checkpoints', { keyPath: ['project', 'run', 'step'] });
  },
  (db) => {
    db.createObjectStore('ownWorlds', { keyPath: ['world'] });
    db.createObjectStore('ownEncoded', { keyPath: ['world'] });
    db.createObjectStore('ownBases', { keyPath: ['world'] });
  },
];

export interface OpenOptions {
  name?: string;
  /** Deadline of opening, upgrade included. */
  seconds?: number;
  /** Today's, unless a test plays another version of the site. */
  version?: number;
  migrations?: typeof MIGRATIONS;
  /** The connection is gone (a newer tab took over, data cleared, the browser closed it); `health` says which. */
  onGone(health: Health): void;
}

export type Opened = { db: IDBPDatabase; health: Health } | { db: null; health: Health };

/** Never throws for what a browser may do; a database that comes too late is closed again. */
export async function openDatabase(around: StorageAround, options: OpenOptions): Promise<Opened> {
  const { name = DATABASE_NAME, seconds = 10, version = DATABASE_VERSION } = options;
  let blocked = false;
  let late = false;
  let opening: Promise<IDBPDatabase> | undefined;
  try {
    const factory = around.indexedDB();
    if (!factory) return { db: null, health: inMemory('unavailable') };
    const request = factory.open(name, version);
    request.onblocked = () => (blocked = true);
    request.onupgradeneeded = (event) => {
      // the newer database still waits for its turn after the page has given up on it
      if (late) return request.transaction?.abort();
      upgrade(request, event.oldVersion, options.migrations ?? MIGRATIONS);
    };
    opening = wrap(request) as Promise<IDBPDatabase>;
    const db = await within(seconds, 'Opening the database', opening);
    listen(db, version, options.onGone);
    return { db, health: KEPT };
  } catch (error) {
    late = true;
    opening?.then(
      (db) => db.close(),
      () => undefined,
    );
    return { db: null, health: refused(error, blocked) };
  }
}

function upgrade(request: IDBOpenDBRequest, from: number, migrations: typeof MIGRATIONS): void {
  const tx = request.transaction;
  if (tx) for (const migrate of migrations.slice(from)) migrate(request.result, tx);
}

function refused(error: unknown, blocked: boolean): Health {
  const reason = reasonOf(error);
  if (reason === 'wedged' && blocked) return inMemory('blocked', error);
  return inMemory(reason === null || reason === 'lost' ? 'unavailable' : reason, error);
}

function listen(db: IDBPDatabase, version: number, onGone: OpenOptions['onGone']): void {
  db.addEventListener('versionchange', (event) => {
    db.close(); // at once: the newer tab waits for it
    onGone(inMemory((event.newVersion ?? 0) > version ? 'replaced' : 'cleared'));
  });
  db.addEventListener('close', () => onGone(inMemory('lost')));
}
