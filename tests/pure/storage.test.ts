// Projects, the log, runs and what is asked of the browser, over the database.
import 'fake-indexeddb/auto';
import { IDBFactory } from 'fake-indexeddb';
import { expect, test } from 'vitest';
import { foldEvents, knownOf } from '../../src/storage/events.ts';
import { appendEvents, CHUNK, compactEvents, eventsSince, loadEvents } from '../../src/storage/log.ts';
import { askToPersist, spaceUsed } from '../../src/storage/persist.ts';
import {
  createProject,
  currentProject,
  deleteProject,
  listProjects,
  readProject,
  renameProject,
  saveSettings,
  setCurrentProject,
} from '../../src/storage/projects.ts';
import {
  createRun,
  deleteRun,
  listRuns,
  resumeRun,
  saveProgress,
  updateRun,
} from '../../src/storage/runs.ts';
import type { CheckpointRow, StoreName } from '../../src/storage/schema.ts';
import { PROJECT_STORES } from '../../src/storage/schema.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { openStorage } from '../../src/storage/storage.ts';
import {
  begin,
  checkpointAt,
  judgements,
  metricsAt,
  progress,
  PROJECT,
  RUN,
  runRow,
} from '../support/storage.ts';

async function fresh(): Promise<Storage> {
  const factory = new IDBFactory();
  return openStorage({ indexedDB: () => factory });
}

async function begun(): Promise<Storage> {
  const storage = await fresh();
  await begin(storage);
  return storage;
}

const count = (storage: Storage, store: StoreName) =>
  storage.transact('read', [store], async (tx) => (await tx.keys(store, [])).length);

// Projects

test('projects: made, listed by last use, renamed, deleted with everything in them', async () => {
  const storage = await begun();
  await createProject(storage, 'p2', 'Second', 2000);
  await appendEvents(storage, PROJECT, judgements('w', CHUNK + 1));
  await compactEvents(storage, PROJECT);
  await saveProgress(storage, RUN, progress(0, 5));
  expect((await listProjects(storage)).projects.map(({ name }) => name)).toEqual(['Second', 'First']);
  expect(await renameProject(storage, PROJECT, 'Renamed', 3000)).toEqual({ ok: true });
  expect((await listProjects(storage)).projects.map(({ name }) => name)).toEqual(['Renamed', 'Second']);
  await setCurrentProject(storage, PROJECT);
  expect(await currentProject(storage)).toBe(PROJECT);
  for (const store of PROJECT_STORES) expect(await count(storage, store), store).toBeGreaterThan(0);
  await deleteProject(storage, PROJECT);
  expect(await currentProject(storage)).toBeNull();
  for (const store of PROJECT_STORES) expect(await count(storage, store), store).toBe(0);
  expect(await readProject(storage, 'p2')).toMatchObject({ name: 'Second' });
});

test('what was deleted in another tab is not brought back by writing to it', async () => {
  const storage = await begun();
  await deleteProject(storage, PROJECT);
  const deleted = { ok: false, reason: 'deleted' };
  expect(await appendEvents(storage, PROJECT, judgements('w', 1))).toEqual(deleted);
  expect(await renameProject(storage, PROJECT, 'x', 1)).toEqual(deleted);
  expect(await saveProgress(storage, RUN, progress(0, 1))).toEqual(deleted);
  expect(await createRun(storage, runRow())).toEqual(deleted);
  expect(await updateRun(storage, RUN, { title: 'x' })).toEqual(deleted);
  for (const store of ['projects', ...PROJECT_STORES] as const) expect(await count(storage, store)).toBe(0);
});

test('settings: the newer stay, those of newer code above all, and fields of newer code stay in the row', async () => {
  const storage = await begun();
  const settings = (schema: number, clock: number, writer: string, value: unknown = clock) => ({
    schema,
    clock,
    writer,
    value,
  });
  expect(await saveSettings(storage, PROJECT, settings(1, 5, 'b'), 10)).toEqual({ ok: true });
  expect(await saveSettings(storage, PROJECT, settings(1, 4, 'z'), 11)).toMatchObject({
    ok: false,
    reason: 'newer',
    settings: { clock: 5 },
  });
  expect(await saveSettings(storage, PROJECT, settings(1, 5, 'a'), 11)).toMatchObject({ reason: 'newer' });
  expect(await saveSettings(storage, PROJECT, settings(1, 5, 'b', 'again'), 11)).toEqual({ ok: true });
  expect(await saveSettings(storage, PROJECT, settings(2, 6, 'a'), 12)).toEqual({ ok: true });
  expect(await saveSettings(storage, PROJECT, settings(1, 99, 'z'), 13)).toMatchObject({
    reason: 'newer',
    settings: { schema: 2 },
  });
  await storage.transact('write', ['projects'], async (tx) => {
    const row = await tx.get('projects', [PROJECT]);
    await tx.put('projects', { ...row!, colour: 'green' } as never);
  });
  await renameProject(storage, PROJECT, 'Renamed', 20);
  expect(await readProject(storage, PROJECT)).toMatchObject({ colour: 'green', settings: { schema: 2 } });
});

// The log

test('the log: two tabs append, both survive; appending again changes nothing; one catches up with the other', async () => {
  const storage = await begun();
  const [one, two] = [judgements('tab1', 5), judgements('tab2', 4)];
  await Promise.all([appendEvents(storage, PROJECT, one), appendEvents(storage, PROJECT, two)]);
  await appendEvents(storage, PROJECT, one);
  const { events, unreadable } = await loadEvents(storage, PROJECT);
  expect(unreadable).toEqual([]);
  expect(events).toHaveLength(9);
  expect(foldEvents(events).judged).toHaveLength(9);
  expect(await eventsSince(storage, PROJECT, knownOf(one))).toEqual(two);
  expect(await eventsSince(storage, PROJECT, knownOf([...one, ...two.slice(0, 2)]))).toEqual(two.slice(2));
});

test('compaction changes nothing of what is read', async () => {
  const storage = await begun();
  const all = [...judgements('tab1', 2 * CHUNK), ...judgements('tab2', 100)];
  await appendEvents(storage, PROJECT, all);
  const before = await loadEvents(storage, PROJECT);
  expect(await compactEvents(storage, PROJECT)).toBe(2 * CHUNK);
  expect(await count(storage, 'chunks')).toBe(2);
  expect(await count(storage, 'events')).toBe(100);
  expect(await loadEvents(storage, PROJECT)).toEqual(before);
  expect(await compactEvents(storage, PROJECT)).toBe(0);
  await appendEvents(storage, PROJECT, all.slice(0, 10)); // a file opened again brings back old rows
  expect(await loadEvents(storage, PROJECT)).toEqual(before);
  const since = await eventsSince(storage, PROJECT, { tab1: 2 * CHUNK - 3, tab2: 99 });
  expect(since.map(({ id }) => id).sort()).toEqual(
    ['tab1:2046', 'tab1:2047', 'tab1:2048', 'tab2:100'].sort(),
  );
});

test('damaged events are named and the rest is read', async () => {
  const storage = await begun();
  await appendEvents(storage, PROJECT, judgements('w', CHUNK));
  await compactEvents(storage, PROJECT);
  await appendEvents(storage, PROJECT, judgements('x', 3));
  await storage.transact('write', ['events', 'chunks'], async (tx) => {
    await tx.put('events', { project: PROJECT, writer: 'x', counter: 2, event: { id: 'x:2' } });
    await tx.put('events', { project: PROJECT, writer: 'y', counter: 1, event: judgements('w', 1)[0] });
    await tx.put('chunks', { project: PROJECT, chunk: 'cut', events: '[{"id":', last: {} });
  });
  const { events, unreadable } = await loadEvents(storage, PROJECT);
  expect(events).toHaveLength(CHUNK + 2);
  expect(unreadable.map(({ store, key }) => [store, ...key])).toEqual([
    ['chunks', PROJECT, 'cut'],
    ['events', PROJECT, 'x', 2],
    ['events', PROJECT, 'y', 1],
  ]);
});

// Runs

test('a run goes on from its newest checkpoint, with the rows up to it', async () => {
  const storage = await begun();
  await saveProgress(storage, RUN, progress(0, 10));
  await saveProgress(storage, RUN, progress(10, 20));
  await saveProgress(
    storage,
    RUN,
    progress(20, 30, { status: 'paused', story: { changed: true }, receipt: 'r' }),
  );
  expect(await count(storage, 'checkpoints')).toBe(2);
  const resumed = await resumeRun(storage, RUN);
  expect(resumed!.checkpoint).toEqual(checkpointAt(30));
  expect(resumed!.metrics).toEqual(Array.from({ length: 30 }, (_, i) => metricsAt(i + 1)));
  expect(resumed!.evaluations.map(({ step }) => step)).toEqual([10, 20, 30]);
  expect(resumed!.run).toMatchObject({ step: 30, status: 'paused', story: { changed: true }, receipt: 'r' });
  expect(resumed!.skipped).toEqual([]);
  await updateRun(storage, RUN, { status: 'failed', modified: 9999 });
  await createRun(storage, runRow({ run: 'r2' }));
  expect((await listRuns(storage, PROJECT)).runs.map(({ run, status }) => [run, status])).toEqual([
    ['r1', 'failed'],
    ['r2', 'ready'],
  ]);
  await deleteRun(storage, RUN);
  expect(await resumeRun(storage, RUN)).toBeNull();
  for (const store of ['metrics', 'evaluations', 'checkpoints'] as const)
    expect(await count(storage, store)).toBe(0);
});

/** Damages the newest checkpoint. */
async function damage(storage: Storage, how: (row: CheckpointRow) => CheckpointRow): Promise<void> {
  await storage.transact('write', ['checkpoints'], async (tx) => {
    const row = (await tx.all('checkpoints', [PROJECT, 'r1'])).at(-1)!;
    await tx.put('checkpoints', how(row));
  });
}

const damages: [string, (row: CheckpointRow) => CheckpointRow][] = [
  [
    'one bit',
    (row) => {
      new Uint8Array(row.states['adam_m']!.buffer)[5]! ^= 1;
      return row;
    },
  ],
  ['too short', (row) => ({ ...row, states: { ...row.states, policy: row.states['policy']!.slice(1) } })],
  ['a state is missing', (row) => ({ ...row, states: { policy: row.states['policy']! } })],
  ['other names', (row) => ({ ...row, states: { policy: row.states['adam_m']!, adam_m: row.states['policy']!, adam_v: row.states['adam_v']! } })], // prettier-ignore
  ['the ledger', (row) => ({ ...row, ledger: '{"digest":"another"}' })],
  ['no states', (row) => ({ ...row, states: null as never })],
];
for (const [what, how] of damages) {
  test(`a damaged checkpoint (${what}) is skipped for the one before, and what lay past it is dropped`, async () => {
    const storage = await begun();
    await saveProgress(storage, RUN, progress(0, 10));
    await saveProgress(storage, RUN, progress(10, 20));
    await damage(storage, how);
    const resumed = await resumeRun(storage, RUN);
    expect(resumed!.skipped.map(({ step }) => step)).toEqual([20]);
    expect(resumed!.checkpoint).toEqual(checkpointAt(10));
    expect(resumed!.metrics.map(({ step }) => step)).toEqual(Array.from({ length: 10 }, (_, i) => i + 1));
    expect(resumed!.evaluations.map(({ step }) => step)).toEqual([10]);
    // training goes on from there, past and beyond what was kept
    await saveProgress(storage, RUN, progress(10, 25));
    const again = await resumeRun(storage, RUN);
    expect(again!.skipped).toEqual([]);
    expect(again!.checkpoint!.step).toBe(25);
    expect(again!.metrics.map(({ step }) => step)).toEqual(Array.from({ length: 25 }, (_, i) => i + 1));
    expect(again!.evaluations.map(({ step }) => step)).toEqual([10, 25]);
  });
}

test('without any whole checkpoint the curves are still there', async () => {
  const storage = await begun();
  await saveProgress(storage, RUN, progress(0, 10));
  await damage(storage, (row) => ({ ...row, digest: '' }));
  const resumed = await resumeRun(storage, RUN);
  expect(resumed).toMatchObject({ checkpoint: null, skipped: [{ step: 10 }] });
  expect(resumed!.metrics).toHaveLength(10);
});

test('Reset: the run is kept at step 0 again, and grows anew', async () => {
  const storage = await begun();
  await saveProgress(storage, RUN, progress(0, 10));
  await saveProgress(storage, RUN, progress(10, 20));
  await saveProgress(storage, RUN, progress(0, 0, { status: 'ready' }));
  const reset = await resumeRun(storage, RUN);
  expect(reset).toMatchObject({ metrics: [], evaluations: [], run: { step: 0 }, checkpoint: { step: 0 } });
  await saveProgress(storage, RUN, progress(0, 3));
  expect((await resumeRun(storage, RUN))!.metrics.map(({ step }) => step)).toEqual([1, 2, 3]);
  // and back into the middle of a row of many
  await saveProgress(storage, RUN, progress(3, 9));
  await saveProgress(storage, RUN, progress(5, 6));
  expect((await resumeRun(storage, RUN))!.metrics.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6]);
});

test('a checkpoint is of the moment when it was handed over, and of its own numbers alone', async () => {
  const storage = await begun();
  const arena = new Float32Array(1000).fill(3);
  const policy = arena.subarray(10, 14);
  const saving = saveProgress(
    storage,
    RUN,
    progress(0, 1, { checkpoint: { step: 1, states: { policy }, ledger: null } }),
  );
  arena.fill(4);
  await saving;
  const { checkpoint } = (await resumeRun(storage, RUN))!;
  expect(checkpoint!.states['policy']).toEqual(Float32Array.of(3, 3, 3, 3));
  expect(checkpoint!.states['policy']!.buffer.byteLength).toBe(16);
});

// The browser's promises

test('persist is asked for once, and every refusal is a value', async () => {
  let asked = 0;
  const manager = (granted: boolean) => ({
    persisted: async () => granted && asked > 0,
    persist: async () => {
      asked++;
      return granted;
    },
    estimate: async () => ({ usage: 10, quota: 100 }),
  });
  const granting = manager(true);
  expect(await askToPersist(granting)).toBe('granted');
  expect(await askToPersist(granting)).toBe('granted');
  expect(asked).toBe(1);
  expect(await askToPersist(manager(false))).toBe('refused');
  expect(await askToPersist(undefined)).toBe('unsupported');
  expect(await askToPersist({})).toBe('unsupported');
  const broken = { persist: () => Promise.reject(new TypeError('no')), estimate: () => Promise.reject(new TypeError('no')) }; // prettier-ignore
  expect(await askToPersist(broken)).toBe('refused');
  expect(await spaceUsed(granting)).toEqual({ used: 10, quota: 100 });
  expect(await spaceUsed(broken)).toBeNull();
  expect(await spaceUsed(undefined)).toBeNull();
});
