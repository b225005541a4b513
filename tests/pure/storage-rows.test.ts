// The database, the memory and the memory laid over a database do the same thing; failures change the health, lose nothing.
import 'fake-indexeddb/auto';
import { IDBFactory } from 'fake-indexeddb';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { StateError } from '../../src/base/errors.ts';
import { KEPT } from '../../src/storage/health.ts';
import { indexedRows } from '../../src/storage/indexed.ts';
import { clearAll } from '../../src/storage/dump.ts';
import { openDatabase } from '../../src/storage/database.ts';
import { appendEvents, loadEvents } from '../../src/storage/log.ts';
import { memoryRows } from '../../src/storage/memory.ts';
import { createProject, deleteProject, listProjects, readProject } from '../../src/storage/projects.ts';
import type { Key, Rows } from '../../src/storage/rows.ts';
import { resumeRun, saveProgress } from '../../src/storage/runs.ts';
import { DATABASE_VERSION, STORE_NAMES } from '../../src/storage/schema.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { openStorage } from '../../src/storage/storage.ts';
import { begin, judgements, progress, PROJECT, RUN } from '../support/storage.ts';

const around = (factory: IDBFactory | undefined) => ({ indexedDB: () => factory });

async function indexed(): Promise<Rows> {
  const opened = await openDatabase(around(new IDBFactory()), { onGone: () => undefined });
  return indexedRows(opened.db!);
}

// One interface

const key = fc.tuple(fc.constantFrom('a', 'b'), fc.constantFrom('w', 'x'), fc.integer({ min: 1, max: 4 }));
const operation = fc.oneof(
  fc.record({ put: key, value: fc.nat(9) }),
  fc.record({ remove: key }),
  fc.record({ removeAll: key, parts: fc.nat(2), after: fc.boolean() }),
);
type Operation = typeof operation extends fc.Arbitrary<infer O> ? O : never;

/** Runs a transaction, reads everything in it and after it; `fails` ends it with an error. */
async function play(rows: Rows, operations: readonly Operation[], fails: boolean): Promise<unknown> {
  const look = () =>
    rows.transact('read', ['events'], async (tx) => [
      await tx.all('events', []),
      await tx.keys('events', ['a']),
      await tx.all('events', ['a', 'w'], 2),
      await tx.get('events', ['b', 'x', 3]),
    ]);
  const within: unknown[] = [];
  const outcome = await rows
    .transact('write', ['events'], async (tx) => {
      for (const one of operations) {
        if ('put' in one) {
          const [project, writer, counter] = one.put;
          await tx.put('events', { project, writer, counter, event: { value: one.value } });
        } else if ('remove' in one) await tx.remove('events', one.remove);
        else {
          const part = one.after ? one.removeAll[one.parts] : undefined;
          await tx.removeAll('events', one.removeAll.slice(0, one.parts), part);
        }
        within.push(await tx.keys('events', []));
      }
      if (fails) throw new StateError('on purpose');
      return 'done';
    })
    .catch((error: unknown) => (error as Error).name);
  return [outcome, within, await look()];
}

test('database, memory and memory over a database answer alike, failed transactions included', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.array(operation, { maxLength: 8 }), fc.boolean()), { maxLength: 6 }),
      fc.nat(5),
      async (transactions, cut) => {
        const database = await indexed();
        const memory = memoryRows(null);
        const below = await indexed();
        const over = memoryRows(below);
        for (const [i, [operations, fails]] of transactions.entries()) {
          const expected = await play(database, operations, fails);
          expect(await play(memory, operations, fails)).toEqual(expected);
          // at some point the database below can no longer be written
          if (i < cut) await play(below, operations, fails);
          else expect(await play(over, operations, fails)).toEqual(expected);
        }
      },
    ),
    { numRuns: 60 },
  );
}, 60_000);

test('rows are copies: what is changed afterwards does not change what is kept', async () => {
  for (const rows of [await indexed(), memoryRows(null)]) {
    const row = { name: 'n', value: { list: [1] } };
    await rows.transact('write', ['meta'], (tx) => tx.put('meta', row));
    row.value.list.push(2);
    const read = await rows.transact('read', ['meta'], (tx) => tx.get('meta', ['n']));
    expect(read).toEqual({ name: 'n', value: { list: [1] } });
    (read!.value as typeof row.value).list.push(3);
    expect(await rows.transact('read', ['meta'], (tx) => tx.get('meta', ['n']))).toEqual({
      name: 'n',
      value: { list: [1] },
    });
  }
});

// Failures

/** A factory whose databases fail every put, as long as `failing` says so. */
function failing(name: string): { factory: IDBFactory; state: { on: boolean; puts: number } } {
  const factory = new IDBFactory();
  const state = { on: false, puts: 0 };
  const put = IDBObjectStore.prototype.put;
  IDBObjectStore.prototype.put = function (this: IDBObjectStore, ...rest) {
    if (state.on) {
      state.puts++;
      throw new DOMException('no room', name);
    }
    return put.apply(this, rest);
  };
  return { factory, state };
}

async function opened(factory: IDBFactory, seconds = 1): Promise<Storage> {
  return openStorage(around(factory), { seconds, transactionSeconds: seconds });
}

test('a full disk: the page goes on in memory, sees all, and writes it later', async () => {
  const { factory, state } = failing('QuotaExceededError');
  const storage = await opened(factory);
  await begin(storage);
  await appendEvents(storage, PROJECT, judgements('w', 3));
  await saveProgress(storage, RUN, progress(0, 20));
  const heard: unknown[] = [];
  storage.onHealth((health) => heard.push(health.kind));
  state.on = true;
  expect(await appendEvents(storage, PROJECT, judgements('x', 2))).toEqual({ ok: true });
  expect(storage.health).toMatchObject({
    kind: 'memory',
    reason: 'quota',
    cure: expect.stringContaining('delete') as string,
  });
  expect(await saveProgress(storage, RUN, progress(20, 40))).toEqual({ ok: true });
  await createProject(storage, 'p2', 'Second', 5);
  expect((await loadEvents(storage, PROJECT)).events).toHaveLength(5);
  const resumed = await resumeRun(storage, RUN);
  expect(resumed!.metrics.map(({ step }) => step)).toEqual(Array.from({ length: 40 }, (_, i) => i + 1));
  expect(resumed!.checkpoint!.step).toBe(40);
  expect((await storage.retry()).kind).toBe('memory');
  expect(heard).toEqual(['memory']);
  expect(storage.unwritten().length).toBeGreaterThan(4);

  state.on = false;
  const [health] = await Promise.all([storage.retry(), appendEvents(storage, PROJECT, judgements('y', 1))]);
  expect(health).toEqual(KEPT);
  expect(storage.unwritten()).toEqual([]);
  const other = await opened(factory);
  expect((await loadEvents(other, PROJECT)).events).toHaveLength(6);
  expect((await listProjects(other)).projects.map(({ project }) => project).sort()).toEqual(['p1', 'p2']);
  expect((await resumeRun(other, RUN))!.checkpoint!.step).toBe(40);
});

test('a project deleted while the disk was full is deleted when there is room again', async () => {
  const { factory, state } = failing('QuotaExceededError');
  const storage = await opened(factory);
  await begin(storage);
  state.on = true;
  await createProject(storage, 'p2', 'Second', 5);
  await deleteProject(storage, PROJECT);
  state.on = false;
  await storage.retry();
  expect((await listProjects(await opened(factory))).projects.map(({ project }) => project)).toEqual(['p2']);
});

test('no storage, a refusal, an error while opening: memory, with a reason', async () => {
  const refusing = { open: () => { throw new DOMException('no', 'SecurityError'); } }; // prettier-ignore
  const cases: [() => unknown, string][] = [
    [() => undefined, 'unavailable'],
    [() => refusing, 'unavailable'],
    [
      () => {
        throw new DOMException('not even asked', 'SecurityError');
      },
      'unavailable',
    ],
  ];
  for (const [indexedDB, reason] of cases) {
    const storage = await openStorage({ indexedDB: indexedDB as () => IDBFactory });
    expect(storage.health).toMatchObject({ kind: 'memory', reason });
    await begin(storage);
    expect(await appendEvents(storage, PROJECT, judgements('w', 2))).toEqual({ ok: true });
    expect((await loadEvents(storage, PROJECT)).events).toHaveLength(2);
    expect((await storage.retry()).kind).toBe('memory');
  }
});

test('a database that does not answer does not hold the page, and is closed when it comes after all', async () => {
  const factory = new IDBFactory();
  // another page in the middle of an endless upgrade
  let upgrading = true;
  const first = factory.open('swayground', DATABASE_VERSION);
  first.onupgradeneeded = () => {
    const store = first.result.createObjectStore('old');
    const again = (): void => {
      if (upgrading) store.get('nothing').onsuccess = again;
    };
    again();
  };
  const storage = await opened(factory, 0.05);
  expect(storage.health).toMatchObject({ kind: 'memory', reason: 'wedged' });
  upgrading = false;
  await new Promise((resolve) => (first.onsuccess = resolve));
  first.result.close();
  expect(await clearAll(around(factory), undefined, 1)).toEqual({ ok: true }); // a connection left open would block it
});

test('a mistake of the program is thrown, and changes neither data nor health', async () => {
  const storage = await opened(new IDBFactory());
  await begin(storage);
  const broken = storage.transact('write', ['projects'], async (tx) => {
    await tx.remove('projects', [PROJECT]);
    throw new StateError('on purpose');
  });
  await expect(broken).rejects.toThrow('on purpose');
  expect(storage.health).toEqual(KEPT);
  expect(await readProject(storage, PROJECT)).toBeDefined();
  await expect(saveProgress(storage, RUN, { ...progress(0, 5), metrics: [] })).resolves.toEqual({ ok: true });
  const gap = { ...progress(5, 10), metrics: progress(7, 10).metrics.slice(1, 2) };
  await expect(saveProgress(storage, RUN, gap)).rejects.toThrow(StateError);
});

// Versions

const NEXT = DATABASE_VERSION + 1;
const second = [
  ...(await import('../../src/storage/database.ts')).MIGRATIONS,
  (db: IDBDatabase) => void db.createObjectStore('more', { keyPath: ['name'] }),
];

test('newer code in another tab: the older one stops writing, keeps what comes after, and nothing is overwritten', async () => {
  const factory = new IDBFactory();
  const older = await opened(factory);
  await begin(older);
  await appendEvents(older, PROJECT, judgements('old', 2));
  const newer = await openStorage(around(factory), { version: NEXT, migrations: second });
  expect(newer.health).toEqual(KEPT);
  expect((await loadEvents(newer, PROJECT)).events).toHaveLength(2);
  expect(older.health).toMatchObject({ kind: 'memory', reason: 'replaced' });
  // the older tab still knows its project and run, so that its work goes on
  const three = judgements('old', 3).slice(2);
  expect(await appendEvents(older, PROJECT, three)).toEqual({ ok: true });
  expect(await saveProgress(older, RUN, progress(0, 3))).toEqual({ ok: true });
  expect((await loadEvents(newer, PROJECT)).events).toHaveLength(2);
  // what it sends to the newer tab is kept there
  await appendEvents(newer, PROJECT, three);
  expect((await loadEvents(newer, PROJECT)).events).toHaveLength(3);
  // and older code that is opened now does not touch the data
  const late = await opened(factory);
  expect(late.health).toMatchObject({ kind: 'memory', reason: 'newer' });
});

test('an older tab that does not let go: blocked, after a deadline', async () => {
  const factory = new IDBFactory();
  const request = factory.open('swayground', DATABASE_VERSION);
  await new Promise((resolve) => (request.onsuccess = resolve)); // listens to no versionchange
  const newer = await openStorage(around(factory), { version: NEXT, seconds: 0.1, migrations: second });
  expect(newer.health).toMatchObject({ kind: 'memory', reason: 'blocked' });
});

test('every store has its key path in a fresh database', async () => {
  const { db } = await openDatabase(around(new IDBFactory()), { onGone: () => undefined });
  const { KEYS } = await import('../../src/storage/schema.ts');
  expect([...db!.objectStoreNames].sort()).toEqual([...STORE_NAMES].sort());
  const tx = db!.transaction(STORE_NAMES);
  for (const store of STORE_NAMES) expect(tx.objectStore(store).keyPath as Key).toEqual(KEYS[store]);
});
