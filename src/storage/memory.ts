/**
 * Rows in memory, alone or laid over a database that can still be read but not written: what is written here hides what
 * lies below, and what is removed here is gone from sight.
 */
import type { Key, KeyPart, Rows, Tx } from './rows.ts';
import { compareKeys, keyMatches, keyOf } from './rows.ts';
import type { StoreName, Stores } from './schema.ts';

/** `row` is null where the row was removed. */
export interface Change {
  store: StoreName;
  key: Key;
  row: Stores[StoreName] | null;
}

export interface MemoryRows extends Rows {
  /** All that differs from what lies below. */
  changes(): Change[];
  /** Hands all changes over; once `take` has resolved, transactions that were waiting run on `next` instead. */
  handOver(take: (changes: Change[]) => Promise<void>, next: Rows): Promise<void>;
}

type Changes = Map<string, Change>;

/** `first`: what it holds from the start. */
export function memoryRows(below: Rows | null, first: readonly Change[] = []): MemoryRows {
  const kept: Changes = new Map(first.map((change) => [nameOf(change.store, change.key), change]));
  let successor: Rows | null = null;
  /** Transactions take turns. */
  let turn: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const next = turn.then(work);
    turn = next.catch(() => undefined);
    return next;
  };
  return {
    transact: (mode, stores, work) =>
      inTurn(async () => {
        if (successor) return successor.transact(mode, stores, work);
        const staged: Changes = new Map();
        const result = await work(transaction(below, kept, staged));
        if (mode === 'write') for (const [name, change] of staged) kept.set(name, change);
        return result;
      }),
    changes: () => [...kept.values()],
    handOver: (take, next) =>
      inTurn(async () => {
        await take([...kept.values()]);
        successor = next;
      }),
  };
}

const nameOf = (store: StoreName, key: Key): string => JSON.stringify([store, key]);

function transaction(below: Rows | null, kept: Changes, staged: Changes): Tx {
  const changed = (store: StoreName, key: Key): Change | undefined =>
    staged.get(nameOf(store, key)) ?? kept.get(nameOf(store, key));

  const change = (store: StoreName, key: Key, row: Change['row']): void => {
    staged.set(nameOf(store, key), { store, key, row: structuredClone(row) });
  };

  /** Changed rows that match, the staged ones last so that they win. */
  const matching = (store: StoreName, prefix: Key, after?: KeyPart): Changes =>
    new Map(
      [...kept, ...staged].filter(([, one]) => one.store === store && keyMatches(one.key, prefix, after)),
    );

  const keys = async (store: StoreName, prefix: Key, after?: KeyPart): Promise<Key[]> => {
    const mine = matching(store, prefix, after);
    const theirs = below ? await below.transact('read', [store], (tx) => tx.keys(store, prefix, after)) : [];
    return [
      ...theirs.filter((key) => !mine.has(nameOf(store, key))),
      ...[...mine.values()].filter(({ row }) => row !== null).map(({ key }) => key),
    ].sort(compareKeys);
  };

  return {
    keys,
    get: async <S extends StoreName>(store: S, key: Key) => {
      const mine = changed(store, key);
      if (mine) return (structuredClone(mine.row) ?? undefined) as Stores[S] | undefined;
      return below?.transact('read', [store], (tx) => tx.get(store, key));
    },
    all: async <S extends StoreName>(store: S, prefix: Key, after?: KeyPart) => {
      const mine = matching(store, prefix, after);
      const theirs = below ? await below.transact('read', [store], (tx) => tx.all(store, prefix, after)) : [];
      const own = [...mine.values()].flatMap(({ row }) =>
        row === null ? [] : [structuredClone(row) as Stores[S]],
      );
      return [...theirs.filter((row) => !mine.has(nameOf(store, keyOf(store, row)))), ...own].sort((a, b) =>
        compareKeys(keyOf(store, a), keyOf(store, b)),
      );
    },
    put: async (store, row) => change(store, keyOf(store, row), row),
    remove: async (store, key) => change(store, key, null),
    removeAll: async (store, prefix, after) => {
      for (const key of await keys(store, prefix, after)) change(store, key, null);
    },
  };
}
