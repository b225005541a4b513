/** Rows of which the small ones are remembered as they pass, for a page whose database is taken away from under it. */
import type { Change } from './memory.ts';
import type { Key, Rows, Tx } from './rows.ts';
import { keyMatches, keyOf } from './rows.ts';
import type { StoreName, Stores } from './schema.ts';

const SMALL: ReadonlySet<StoreName> = new Set(['meta', 'projects', 'runs']);

export interface RememberingRows extends Rows {
  remembered(): Change[];
}

export function rememberingRows(rows: Rows): RememberingRows {
  const known = new Map<string, Change>();
  const note = (store: StoreName, key: Key, row: Change['row']): void => {
    if (SMALL.has(store)) known.set(JSON.stringify([store, key]), { store, key, row });
  };

  /** What happens in `tx` is noted once the transaction is complete. */
  const watched = (tx: Tx, notes: (() => void)[]): Tx => ({
    ...tx,
    get: async <S extends StoreName>(store: S, key: Key) => {
      const row = await tx.get(store, key);
      if (row) notes.push(() => note(store, key, row));
      return row;
    },
    all: async <S extends StoreName>(store: S, prefix: Key, after?: string | number) => {
      const all = await tx.all(store, prefix, after);
      notes.push(() => all.forEach((row) => note(store, keyOf(store, row), row)));
      return all;
    },
    put: async <S extends StoreName>(store: S, row: Stores[S]) => {
      notes.push(() => note(store, keyOf(store, row), row));
      await tx.put(store, row);
    },
    remove: async (store, key) => {
      notes.push(() => note(store, key, null));
      await tx.remove(store, key);
    },
    removeAll: async (store, prefix, after) => {
      notes.push(() => {
        for (const one of known.values()) {
          if (one.store === store && keyMatches(one.key, prefix, after)) note(store, one.key, null);
        }
      });
      await tx.removeAll(store, prefix, after);
    },
  });

  return {
    transact: async (mode, stores, work) => {
      const notes: (() => void)[] = [];
      const result = await rows.transact(mode, stores, (tx) => work(watched(tx, notes)));
      for (const write of notes) write();
      return result;
    },
    remembered: () => [...known.values()].filter(({ row }) => row !== null),
  };
}
