/** Rows in stores behind one interface, so that the database and the memory are told apart by nobody above. */
import type { StoreName, Stores } from './schema.ts';
import { KEYS } from './schema.ts';

export type KeyPart = string | number;
export type Key = readonly KeyPart[];

/**
 * What can be done within one transaction. `prefix` picks the rows whose key begins with it ([] picks all), `after` those
 * whose next part is greater than it. Rows come in the order of their keys, as copies.
 */
export interface Tx {
  get<S extends StoreName>(store: S, key: Key): Promise<Stores[S] | undefined>;
  all<S extends StoreName>(store: S, prefix: Key, after?: KeyPart): Promise<Stores[S][]>;
  keys(store: StoreName, prefix: Key, after?: KeyPart): Promise<Key[]>;
  put<S extends StoreName>(store: S, row: Stores[S]): Promise<void>;
  remove(store: StoreName, key: Key): Promise<void>;
  removeAll(store: StoreName, prefix: Key, after?: KeyPart): Promise<void>;
}

export interface Rows {
  /**
   * Everything that `work` does is done, or none of it; it resolves when it is on disk. `work` awaits nothing but `tx`, and
   * may be run a second time (when the database fails and memory takes over), so it changes nothing outside.
   */
  transact<T>(mode: 'read' | 'write', stores: readonly StoreName[], work: (tx: Tx) => Promise<T>): Promise<T>;
}

export function keyOf<S extends StoreName>(store: S, row: Stores[S]): Key {
  return KEYS[store].map((field) => row[field] as KeyPart);
}

export function keyMatches(key: Key, prefix: Key, after?: KeyPart): boolean {
  if (!prefix.every((part, i) => key[i] === part)) return false;
  return after === undefined || compareParts(key[prefix.length] ?? after, after) > 0;
}

/** The order of IndexedDB: numbers before strings, strings by their UTF-16 units, a shorter key first. */
export function compareKeys(a: Key, b: Key): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const order = compareParts(a[i] as KeyPart, b[i] as KeyPart);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

function compareParts(a: KeyPart, b: KeyPart): number {
  if (typeof a !== typeof b) return typeof a === 'number' ? -1 : 1;
  return a < b ? -1 : a > b ? 1 : 0;
}

/** What a damaged database would not give. */
export interface Unreadable {
  store: string;
  key: Key;
  why: string;
}

/** All rows with the prefix that can be read; if reading them together fails, one by one, and what fails is named. */
export async function readableRows<S extends StoreName>(
  rows: Rows,
  store: S,
  prefix: Key,
): Promise<{ rows: Stores[S][]; unreadable: Unreadable[] }> {
  try {
    return { rows: await rows.transact('read', [store], (tx) => tx.all(store, prefix)), unreadable: [] };
  } catch {
    const good: Stores[S][] = [];
    const unreadable: Unreadable[] = [];
    for (const key of await rows.transact('read', [store], (tx) => tx.keys(store, prefix))) {
      const row = await readableRow(rows, store, key);
      if ('why' in row) unreadable.push({ store, key, why: row.why });
      else if (row.value !== undefined) good.push(row.value);
    }
    return { rows: good, unreadable };
  }
}

export async function readableRow<S extends StoreName>(
  rows: Rows,
  store: S,
  key: Key,
): Promise<{ value: Stores[S] | undefined } | { why: string }> {
  try {
    return { value: await rows.transact('read', [store], (tx) => tx.get(store, key)) };
  } catch (error) {
    return { why: String(error) };
  }
}
