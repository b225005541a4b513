// Export and import: everything, by union, damaged rows and other versions included.
import 'fake-indexeddb/auto';
import { IDBFactory } from 'fake-indexeddb';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { MIGRATIONS } from '../../src/storage/database.ts';
import { clearAll, exportAll, exportRaw } from '../../src/storage/dump.ts';
import { fromJson, toJson } from '../../src/storage/encode.ts';
import { appendEvents, CHUNK, compactEvents, loadEvents } from '../../src/storage/log.ts';
import {
  listProjects,
  readProject,
  renameProject,
  saveSettings,
  setCurrentProject,
} from '../../src/storage/projects.ts';
import { importAll } from '../../src/storage/restore.ts';
import { resumeRun, saveProgress } from '../../src/storage/runs.ts';
import { DATABASE_VERSION } from '../../src/storage/schema.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { openStorage } from '../../src/storage/storage.ts';
import { begin, judgements, progress, PROJECT, RUN, textOf } from '../support/storage.ts';

const around = (factory: IDBFactory) => ({ indexedDB: () => factory });
const open = (factory = new IDBFactory()): Promise<Storage> => openStorage(around(factory), { seconds: 1 });
const inMemoryOnly = (): Promise<Storage> => openStorage({ indexedDB: () => undefined });

const LABELS = 20;

async function filled(storage: Storage, labels = LABELS): Promise<void> {
  await begin(storage);
  await setCurrentProject(storage, PROJECT);
  await saveSettings(storage, PROJECT, { schema: 1, clock: 1, writer: 'w', value: { lr: 0.1 } }, 5);
  await appendEvents(storage, PROJECT, judgements('w', labels));
  await compactEvents(storage, PROJECT);
  await saveProgress(storage, RUN, {
    ...progress(0, 10),
    evaluations: [{ step: 10, value: { kendallTau: NaN, kl: -Infinity, $odd: [null] } }],
  });
}

/** What one sees of a storage. */
async function seen(storage: Storage) {
  const { projects } = await listProjects(storage);
  return {
    projects,
    events: await Promise.all(projects.map(({ project }) => loadEvents(storage, project))),
    run: await resumeRun(storage, RUN),
  };
}

test('what is exported and imported elsewhere is the same, whether kept or in memory', async () => {
  for (const [from, to] of [
    [await open(), await open()],
    [await open(), await inMemoryOnly()],
    [await inMemoryOnly(), await open()],
  ] as const) {
    await filled(from, CHUNK + 3);
    const file = await textOf(exportAll(from, around(new IDBFactory())));
    expect(await importAll(to, file)).toEqual({
      ok: true,
      value: { projects: 1, events: CHUNK + 3, runs: 1, worlds: 0, damaged: 0 },
    });
    expect(await seen(to)).toEqual(await seen(from));
    expect(await importAll(to, file)).toEqual({
      ok: true,
      value: { projects: 1, events: 0, runs: 0, worlds: 0, damaged: 0 },
    });
    expect(await seen(to)).toEqual(await seen(from));
  }
});

test('import is a union: labels of both, the newer name and settings, the run that came further', async () => {
  const here = await open();
  const there = await open();
  await filled(here);
  await importAll(there, await textOf(exportAll(here, around(new IDBFactory()))));
  await appendEvents(here, PROJECT, judgements('here', 4));
  await saveProgress(here, RUN, progress(10, 20));
  await appendEvents(there, PROJECT, judgements('there', CHUNK));
  await renameProject(there, PROJECT, 'Renamed there', 9000);
  const file = await textOf(exportAll(there, around(new IDBFactory())));
  const result = await importAll(here, file);
  expect(result).toMatchObject({ ok: true, value: { events: CHUNK, runs: 0 } });
  expect((await loadEvents(here, PROJECT)).events).toHaveLength(LABELS + 4 + CHUNK);
  expect(await readProject(here, PROJECT)).toMatchObject({ name: 'Renamed there', settings: { clock: 1 } });
  expect((await resumeRun(here, RUN))!.run.step).toBe(20);
  await importAll(there, await textOf(exportAll(here, around(new IDBFactory()))));
  expect(await seen(there)).toEqual(await seen(here));
});

test('in memory because of a full disk: the file holds what is kept and what is not', async () => {
  const factory = new IDBFactory();
  const storage = await open(factory);
  await filled(storage);
  const put = IDBObjectStore.prototype.put;
  IDBObjectStore.prototype.put = () => {
    throw new DOMException('no room', 'QuotaExceededError');
  };
  try {
    await appendEvents(storage, PROJECT, judgements('late', 2));
    expect(storage.health).toMatchObject({ reason: 'quota' });
  } finally {
    IDBObjectStore.prototype.put = put;
  }
  const copy = await open();
  await importAll(copy, await textOf(exportAll(storage, around(factory))));
  expect((await loadEvents(copy, PROJECT)).events).toHaveLength(LABELS + 2);
  expect((await resumeRun(copy, RUN))!.checkpoint!.step).toBe(10);
});

/** A version of the site to come. */
const NEXT = DATABASE_VERSION + 1;

test('in memory because of a newer tab: the file holds the database as it lies there, and what came after', async () => {
  const factory = new IDBFactory();
  const storage = await open(factory);
  await filled(storage);
  const added = (db: IDBDatabase): void => {
    db.createObjectStore('more', { keyPath: ['name'] }).put({ name: 'of the future', data: [1] });
  };
  await openStorage(around(factory), { version: NEXT, migrations: [...MIGRATIONS, added] });
  expect(storage.health).toMatchObject({ reason: 'replaced' });
  await appendEvents(storage, PROJECT, judgements('late', 2));
  const file = await textOf(exportAll(storage, around(factory)));
  const { parts } = JSON.parse(file) as { parts: { version: number; stores: Record<string, unknown[]> }[] };
  expect(parts.map(({ version }) => version)).toEqual([NEXT, DATABASE_VERSION]);
  expect(parts[0]!.stores['more']).toEqual([{ name: 'of the future', data: [1] }]);
  expect(parts[1]!.stores['events']).toHaveLength(2);
  const older = await importAll(await open(), file);
  expect(older).toMatchObject({ ok: false, issues: [{ code: 'dump/newer', received: `version ${NEXT}` }] });
});

test('the raw export needs no schema, names the rows that it could not read, and then all can be cleared', async () => {
  const factory = new IDBFactory();
  const storage = await open(factory);
  await filled(storage);
  const get = IDBObjectStore.prototype.get;
  const unreadable = JSON.stringify([PROJECT, 'w', LABELS - 1]);
  // two records in a row of which the reading fails
  IDBObjectStore.prototype.get = function (this: IDBObjectStore, key) {
    if (JSON.stringify(key) === unreadable) throw new DOMException('damaged', 'NotReadableError');
    return get.call(this, key);
  };
  let file: string;
  try {
    file = await textOf(exportRaw(around(factory)));
  } finally {
    IDBObjectStore.prototype.get = get;
  }
  const { parts } = JSON.parse(file) as { parts: { unreadable: unknown[] }[] };
  expect(parts[0]!.unreadable).toMatchObject([{ store: 'events', key: [PROJECT, 'w', LABELS - 1] }]);
  const copy = await open();
  expect(await importAll(copy, file)).toMatchObject({ ok: true, value: { events: LABELS - 1, runs: 1 } });

  expect(await clearAll(around(factory), undefined, 1)).toEqual({ ok: true });
  expect(storage.health).toMatchObject({ kind: 'memory', reason: 'cleared' });
  expect(JSON.parse(await textOf(exportRaw(around(factory))))).toEqual({
    swayground: 'everything',
    parts: [],
  });
  expect(await factory.databases()).toEqual([]); // looking made none
  expect((await listProjects(await open(factory))).projects).toEqual([]);
});

test('clearing waits for no tab that does not let go', async () => {
  const factory = new IDBFactory();
  const request = factory.open('swayground', 1);
  await new Promise((resolve) => (request.onsuccess = resolve));
  expect(await clearAll(around(factory), undefined, 0.05)).toMatchObject({
    ok: false,
    health: { reason: 'blocked' },
  });
});

test('a file that is none, cut off, or damaged in places', async () => {
  const storage = await open();
  await filled(storage);
  const file = await textOf(exportAll(storage, around(new IDBFactory())));
  const refused: [string, string][] = [
    ['', 'dump/not-json'],
    [file.slice(0, file.length / 2), 'dump/not-json'],
    ['[]', 'dump/not-a-dump'],
    ['{"swayground":1}', 'dump/not-a-dump'],
    ['{"swayground":"everything","parts":[{"version":1,"stores":3}]}', 'dump/not-a-dump'],
  ];
  for (const [text, code] of refused) {
    expect(await importAll(await open(), text)).toMatchObject({ ok: false, issues: [{ code }] });
  }
  const damaged = JSON.parse(file) as { parts: { stores: Record<string, unknown[]> }[] };
  const { stores } = damaged.parts[0]!;
  stores['events']![0] = { project: PROJECT, writer: 'w', counter: 'one', event: null };
  stores['checkpoints']!.push({
    project: PROJECT,
    run: 'r1',
    step: 11,
    states: { policy: { $array: 'Float99', base64: '' } },
  });
  stores['unknown'] = [1, 2];
  const copy = await open();
  expect(await importAll(copy, JSON.stringify(damaged))).toMatchObject({
    ok: true,
    value: { events: LABELS - 1, runs: 1, damaged: 2 },
  });
  expect((await resumeRun(copy, RUN))!.checkpoint!.step).toBe(10);
});

test('fuzz: no file makes the import throw, or take away what is here', async () => {
  const storage = await inMemoryOnly();
  await filled(storage);
  const before = (await loadEvents(storage, PROJECT)).events.length;
  const row = fc.oneof(
    fc.anything(),
    fc.record({ project: fc.constantFrom(PROJECT, 'q', ''), name: fc.anything(), created: fc.anything(), modified: fc.anything(), settings: fc.anything() }), // prettier-ignore
    fc.record({
      project: fc.constant(PROJECT),
      run: fc.constantFrom('r1', 'r3'),
      step: fc.anything(),
      states: fc.anything(),
    }),
    fc.record({
      project: fc.constant(PROJECT),
      writer: fc.string(),
      counter: fc.nat(),
      event: fc.anything(),
    }),
  );
  const stores = fc.dictionary(fc.constantFrom('meta', 'projects', 'events', 'chunks', 'runs', 'metrics', 'checkpoints', '__proto__'), fc.array(row, { maxLength: 4 })); // prettier-ignore
  await fc.assert(
    fc.asyncProperty(stores, async (some) => {
      const file = JSON.stringify({
        swayground: 'everything',
        parts: [{ version: 1, stores: toJson(some) }],
      });
      expect(await importAll(storage, file)).toHaveProperty('ok');
      expect((await loadEvents(storage, PROJECT)).events.length).toBeGreaterThanOrEqual(before);
      expect((await resumeRun(storage, RUN))!.checkpoint!.step).toBe(10);
    }),
    { numRuns: 60 },
  );
}, 60_000);

test('numbers, arrays and odd keys survive JSON to the last bit', () => {
  const odd = new Float32Array([1 / 3, -0, NaN, Infinity, 1e-45]);
  const value = {
    odd,
    double: Float64Array.of(Math.PI),
    whole: Int32Array.of(-1, 2 ** 31 - 1),
    view: new Float32Array([1, 2, 3, 4]).subarray(1, 3),
    long: Float32Array.from({ length: 30_001 }, (_, i) => i / 3),
    not: [NaN, Infinity, -Infinity, 0.1, null, 'text', true],
    $array: 'Float32Array',
    base64: 'not base64',
    $$: { $number: 'x' },
  };
  const back = fromJson(JSON.parse(JSON.stringify(toJson(value)))) as typeof value;
  expect(back).toEqual({ ...value, view: Float32Array.of(2, 3) });
  expect(new Uint8Array(back.odd.buffer)).toEqual(new Uint8Array(odd.buffer));
  expect(toJson({ of: new Map(), at: () => 1, when: new Date(0) })).toEqual({
    of: { $unwritable: 'Map' },
    at: { $unwritable: 'function' },
    when: { $unwritable: 'Date' },
  });
  fc.assert(
    fc.property(fc.jsonValue(), (json) => {
      expect(fromJson(JSON.parse(JSON.stringify(toJson(json))))).toEqual(JSON.parse(JSON.stringify(json)));
    }),
  );
});
