/** Rows in IndexedDB. */
import type { IDBPDatabase, IDBPObjectStore } from 'idb';
import type { Key, KeyPart, Rows, Tx } from './rows.ts';
import type { StoreName, Stores } from './schema.ts';

type Store = IDBPObjectStore<unknown, string[], string, IDBTransactionMode>;

export function indexedRows(db: IDBPDatabase): Rows {
  return {
    transact: async (mode, stores, work) => {
      // strict: complete means on disk, so that the page may say "saved"
      const tx = db.transaction([...stores], mode === 'write' ? 'readwrite' : 'readonly', {
        durability: 'strict',
      });
      const done = tx.done.then(
        () => null,
        (error: unknown) => ({ error }),
      );
      let result;
      try {
        result = await work(overStores((name) => tx.objectStore(name) as Store));
      } catch (error) {
        try {
          tx.abort();
        } catch {
          // it has aborted by itself: that was the error
        }
        await done;
        throw error;
      }
      const failed = await done;
      if (failed) throw failed.error;
      return result;
    },
  };
}

function overStores(store: (name: StoreName) => Store): Tx {
  return {
    get: async <S extends StoreName>(name: S, key: Key) =>
      (await store(name).get(validKey(key))) as Stores[S] | undefined,
    all: async <S extends StoreName>(name: S, prefix: Key, after?: KeyPart) =>
      (await store(name).getAll(range(prefix, after))) as Stores[S][],
    keys: async (name, prefix, after) => (await store(name).getAllKeys(range(prefix, after))) as Key[],
    put: async (name, row) => {
      await store(name).put?.(row);
    },
    remove: async (name, key) => {
      await store(name).delete?.(validKey(key));
    },
    removeAll: async (name, prefix, after) => {
      await store(name).delete?.(range(prefix, after));
    },
  };
}

const validKey = (key: Key): IDBValidKey => [...key];

/** An array sorts after every number and string, so `[]` stands for "to the end". */
function range(prefix: Key, after?: KeyPart): IDBKeyRange {
  const end = [...prefix, []];
  if (after === undefined) return IDBKeyRange.bound([...prefix], end);
  return IDBKeyRange.bound([...prefix, after, []], end);
}
