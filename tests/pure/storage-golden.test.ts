// What every released version of the database held is still read by today's code. The files are written once and never
// edited; a new version of the database needs a new one: SWAY_GOLDEN=1 npx vitest run --project pure tests/pure/storage-golden.test.ts
import 'fake-indexeddb/auto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { IDBFactory } from 'fake-indexeddb';
import { expect, test } from 'vitest';
import { exportAll } from '../../src/storage/dump.ts';
import { fromJson } from '../../src/storage/encode.ts';
import { eventWriter, foldEvents } from '../../src/storage/events.ts';
import { appendEvents, CHUNK, compactEvents, loadEvents } from '../../src/storage/log.ts';
import {
  createProject,
  currentProject,
  listProjects,
  saveSettings,
  setCurrentProject,
} from '../../src/storage/projects.ts';
import { importAll } from '../../src/storage/restore.ts';
import { keepOwn, listOwn, readOwn } from '../../src/storage/own-worlds.ts';
import { createRun, listRuns, resumeRun, saveProgress } from '../../src/storage/runs.ts';
import { DATABASE_VERSION } from '../../src/storage/schema.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { openStorage } from '../../src/storage/storage.ts';
import {
  checkpointAt,
  judgements,
  metricsAt,
  ownWorld,
  progress,
  PROJECT,
  RUN,
  runRow,
  textOf,
} from '../support/storage.ts';

const fileOf = (version: number): string => `tests/fixtures/database-${version}.json`;
const versions = Array.from({ length: DATABASE_VERSION }, (_, i) => i + 1);

/** What the golden files hold: some of everything. */
async function fill(storage: Storage): Promise<void> {
  await createProject(storage, PROJECT, 'First', 1000);
  await createProject(storage, 'p2', 'Second', 500);
  await setCurrentProject(storage, PROJECT);
  await saveSettings(storage, PROJECT, { schema: 1, clock: 3, writer: 'tab', value: { lr: 0.01 } }, 1500);
  await appendEvents(storage, PROJECT, judgements('old', CHUNK));
  await compactEvents(storage, PROJECT);
  const tab = eventWriter('tab');
  tab.seen(judgements('old', CHUNK));
  const given = { kind: 'given', prompt: 'p3', a: [4, 5, 1], b: [6, 1] } as const;
  await appendEvents(storage, PROJECT, [
    tab.next({ kind: 'source', source: 'policy' }),
    tab.next({ kind: 'judged', index: CHUNK, pair: given, choice: 'b', source: 'human' }),
    tab.next({ kind: 'changed', target: 'old:1', choice: 'tie' }),
    tab.next({ kind: 'removed', targets: ['old:2'], again: true }),
    tab.next({ kind: 'removed', targets: ['old:3'], again: false }),
    tab.next({ kind: 'automatic', add: 200 }),
    tab.next({ kind: 'automatic', add: 200 }),
    tab.next({ kind: 'removed', targets: ['tab:6'], again: false }),
    tab.next({ kind: 'rule', rule: 'short' }),
    tab.next({ kind: 'noise', noise: 0.25 }),
  ]);
  await createRun(storage, runRow());
  await saveProgress(storage, RUN, progress(0, 20));
  await saveProgress(storage, RUN, progress(20, 40, { status: 'paused', receipt: { steps: 40 } }));
  await keepOwn(storage, ownWorld(), 2000);
}

/** The first version that had worlds of the visitor's own. */
const WITH_OWN = 2;

async function check(storage: Storage, version: number): Promise<void> {
  const { projects } = await listProjects(storage);
  expect(projects).toMatchObject([
    {
      project: PROJECT,
      name: 'First',
      created: 1000,
      modified: 1500,
      settings: { schema: 1, value: { lr: 0.01 } },
    },
    { project: 'p2', name: 'Second', settings: null },
  ]);
  const { events, unreadable } = await loadEvents(storage, PROJECT);
  expect(unreadable).toEqual([]);
  expect(events).toHaveLength(CHUNK + 10);
  const labels = foldEvents(events);
  expect(labels).toMatchObject({
    putBack: [{ index: 1 }],
    next: CHUNK + 1,
    automatic: 200,
    automaticIds: ['tab:7'],
    rule: 'short',
    noise: 0.25,
    source: 'policy',
  });
  expect(labels.judged).toHaveLength(CHUNK - 1);
  expect(labels.judged[0]).toMatchObject({ index: 0, choice: 'tie' });
  expect(labels.judged.at(-1)).toMatchObject({ pair: { kind: 'given', a: [4, 5, 1] }, choice: 'b' });
  expect((await listRuns(storage, PROJECT)).runs).toHaveLength(1);
  const resumed = await resumeRun(storage, RUN);
  expect(resumed).toMatchObject({
    skipped: [],
    unreadable: [],
    run: { status: 'paused', step: 40, receipt: { steps: 40 } },
  });
  expect(resumed!.run.story).toEqual({ recipe: { seed: 7 }, changes: [] });
  expect(resumed!.checkpoint).toEqual(checkpointAt(40));
  expect(resumed!.metrics).toEqual(Array.from({ length: 40 }, (_, i) => metricsAt(i + 1)));
  expect(resumed!.evaluations).toEqual([
    { step: 20, value: { kl: 0.2 } },
    { step: 40, value: { kl: 0.4 } },
  ]);
  const { worlds } = await listOwn(storage);
  expect(worlds).toHaveLength(version < WITH_OWN ? 0 : 1);
  for (const { world } of worlds) expect(await readOwn(storage, world)).toEqual(ownWorld());
}

interface Golden {
  /** Key path of each store, as the version made them. */
  keys: Record<string, string[]>;
  /** What `exportAll` wrote. */
  file: { parts: { version: number; stores: Record<string, unknown[]> }[] };
}

/** The database as the version left it on a visitor's disk, made without any of today's code. */
async function asReleased(version: number, { keys, file }: Golden): Promise<IDBFactory> {
  const factory = new IDBFactory();
  const request = factory.open('swayground', version);
  request.onupgradeneeded = () => {
    for (const [store, keyPath] of Object.entries(keys)) {
      const made = request.result.createObjectStore(store, { keyPath });
      for (const row of file.parts[0]!.stores[store] ?? []) made.put(fromJson(row));
    }
  };
  await new Promise((resolve, reject) => {
    request.onsuccess = resolve;
    request.onerror = reject;
  });
  request.result.close();
  return factory;
}

const read = (version: number): Golden => JSON.parse(readFileSync(fileOf(version), 'utf8')) as Golden;

if (process.env['SWAY_GOLDEN'] === '1' && !existsSync(fileOf(DATABASE_VERSION))) {
  test('writes the golden file of a new version', async () => {
    const factory = new IDBFactory();
    const around = { indexedDB: () => factory };
    const storage = await openStorage(around);
    await fill(storage);
    const file = JSON.parse(await textOf(exportAll(storage, around))) as Golden['file'];
    const request = factory.open('swayground');
    await new Promise((resolve) => (request.onsuccess = resolve));
    const db = request.result;
    const tx = db.transaction([...db.objectStoreNames]);
    const keys = Object.fromEntries(
      [...db.objectStoreNames].map((store) => [store, tx.objectStore(store).keyPath as string[]]),
    );
    writeFileSync(fileOf(DATABASE_VERSION), `${JSON.stringify({ keys, file })}\n`);
  });
}

test('every version of the database has its golden file', () => {
  for (const version of versions) {
    expect(existsSync(fileOf(version)), `${fileOf(version)} is missing`).toBe(true);
    expect(read(version).file.parts.map((part) => part.version)).toEqual([version]);
  }
});

for (const version of versions) {
  test(`a database of version ${version} gives all that it holds`, async () => {
    const factory = await asReleased(version, read(version));
    const storage = await openStorage({ indexedDB: () => factory });
    expect(storage.health).toEqual({ kind: 'kept' });
    await check(storage, version);
    expect(await currentProject(storage)).toBe(PROJECT);
  });

  test(`a file of version ${version} can be imported`, async () => {
    const storage = await openStorage({ indexedDB: () => undefined });
    const imported = await importAll(storage, JSON.stringify(read(version).file));
    expect(imported).toMatchObject({ ok: true, value: { damaged: 0, projects: 2, runs: 1 } });
    await check(storage, version);
  });
}
