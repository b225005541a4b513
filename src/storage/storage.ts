/**
 * What the rest of the site writes to: the database while it answers, memory from the moment that it does not. Nothing
 * that was not written is lost on the way, and the health says what happened.
 */
import type { OpenOptions, StorageAround } from './database.ts';
import { openDatabase } from './database.ts';
import { within } from './deadline.ts';
import type { Health } from './health.ts';
import { inMemory, KEPT, reasonOf, STILL_READABLE } from './health.ts';
import { indexedRows } from './indexed.ts';
import type { Change, MemoryRows } from './memory.ts';
import { memoryRows } from './memory.ts';
import { newerProject } from './projects.ts';
import type { RememberingRows } from './remember.ts';
import { rememberingRows } from './remember.ts';
import type { Rows, Tx } from './rows.ts';
import type { ProjectRow, StoreName } from './schema.ts';
import { STORE_NAMES } from './schema.ts';

export interface Storage extends Rows {
  readonly health: Health;
  /** Calls back at every change of health; returns what ends that. */
  onHealth(listener: (health: Health) => void): () => void;
  /** Rows that are in memory only, because of the health. */
  unwritten(): Change[];
  /** Writes what is in memory to the database again (after a full disk was cleared up). Resolves to the health then. */
  retry(): Promise<Health>;
  /** Ends the connection; what is in memory stays readable here. */
  close(): void;
}

export type StorageOptions = Omit<OpenOptions, 'onGone'> & {
  /** Deadline of one transaction. */
  transactionSeconds?: number;
};

export async function openStorage(around: StorageAround, options: StorageOptions = {}): Promise<Storage> {
  const { transactionSeconds = 20, ...rest } = options;
  const listeners = new Set<(health: Health) => void>();
  let health: Health = KEPT;
  let base: RememberingRows | null = null;
  let memory: MemoryRows | null = null;

  const tell = (next: Health): void => {
    health = next;
    for (const listener of listeners) listener(next);
  };

  /** From now on in memory. The first reason stands: what follows is a consequence of it. */
  const leave = (reason: Health): MemoryRows => {
    if (memory) return memory;
    const small = base?.remembered() ?? [];
    if (reason.kind === 'memory' && !STILL_READABLE.has(reason.reason)) base = null;
    memory = base ? memoryRows(base) : memoryRows(null, small);
    tell(reason);
    return memory;
  };

  const inTime = (rows: Rows): Rows => ({
    transact: (mode, stores, work) =>
      within(transactionSeconds, 'The database', rows.transact(mode, stores, work)),
  });

  const opened = await openDatabase(around, { ...rest, onGone: leave });
  if (opened.db) base = rememberingRows(inTime(indexedRows(opened.db)));
  else leave(opened.health);

  const storage: Storage = {
    get health() {
      return health;
    },
    onHealth: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    transact: async (mode, stores, work) => {
      if (memory || !base) return (memory ?? leave(inMemory('lost'))).transact(mode, stores, work);
      try {
        return await base.transact(mode, stores, work);
      } catch (error) {
        const reason = reasonOf(error);
        if (reason === null || (mode === 'read' && STILL_READABLE.has(reason))) throw error;
        return leave(inMemory(reason, error)).transact(mode, stores, work);
      }
    },
    unwritten: () => memory?.changes() ?? [],
    retry: async () => {
      const to = base;
      if (!memory || !to) return health;
      const take = async (changes: Change[]): Promise<void> => {
        await to.transact('write', STORE_NAMES, (tx) => writeChanges(tx, changes));
        memory = null;
      };
      try {
        await memory.handOver(take, storage);
        tell(KEPT);
      } catch (error) {
        if (reasonOf(error) === null) throw error;
      }
      return health;
    },
    close: () => opened.db?.close(),
  };
  return storage;
}

/** Other tabs may have written meanwhile: a project keeps whatever is newer; all else has ids of its own or one writer. */
async function writeChanges(tx: Tx, changes: readonly Change[]): Promise<void> {
  for (const { store, key, row } of changes) {
    if (row === null) await tx.remove(store, key);
    else if (store === 'projects')
      await tx.put(store, newerProject(await tx.get(store, key), row as ProjectRow));
    else await tx.put<StoreName>(store, row);
  }
}
