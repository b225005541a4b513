// Storage in a real browser: connections, versions, locks and channels, a worker that saves. Times are
// measured and noted, not asserted.
import { afterEach, expect, test, vi } from 'vitest';
import { browserStorage, MIGRATIONS } from '../../src/storage/database.ts';
import { clearAll, exportAll, exportRaw } from '../../src/storage/dump.ts';
import { foldEvents } from '../../src/storage/events.ts';
import { appendEvents, compactEvents, eventsSince, loadEvents } from '../../src/storage/log.ts';
import { askToPersist, spaceUsed } from '../../src/storage/persist.ts';
import { listProjects } from '../../src/storage/projects.ts';
import { keepOwn, readOwn } from '../../src/storage/own-worlds.ts';
import { importAll } from '../../src/storage/restore.ts';
import { resumeRun, saveProgress } from '../../src/storage/runs.ts';
import { DATABASE_VERSION } from '../../src/storage/schema.ts';
import type { Storage, StorageOptions } from '../../src/storage/storage.ts';
import { openStorage } from '../../src/storage/storage.ts';
import type { Tabs } from '../../src/storage/tabs.ts';
import { browserTabs, joinTabs } from '../../src/storage/tabs.ts';
import {
  begin,
  checkpointAt,
  judgements,
  ownWorld,
  progress,
  PROJECT,
  RUN,
  textOf,
} from '../support/storage.ts';

let databases = 0;
const openOnes: Storage[] = [];

/** A database of its own for each test. */
function named(): (options?: StorageOptions) => Promise<Storage> {
  const name = `test-${++databases}`;
  return async (options) => {
    const storage = await openStorage(browserStorage, { name, ...options });
    openOnes.push(storage);
    return storage;
  };
}
const nameNow = (): string => `test-${databases}`;

afterEach(async () => {
  for (const storage of openOnes.splice(0)) storage.close();
  expect(await clearAll(browserStorage, nameNow())).toEqual({ ok: true });
});

test('what was written is there when it is opened again, to the last bit', async () => {
  const open = named();
  const first = await open();
  await begin(first);
  await appendEvents(first, PROJECT, judgements('w', 2500));
  expect(await compactEvents(first, PROJECT)).toBe(2048);
  await saveProgress(first, RUN, progress(0, 20));
  const own = ownWorld();
  await keepOwn(first, own, 1000);
  first.close();
  const second = await open();
  expect(second.health).toEqual({ kind: 'kept' });
  const { events, unreadable } = await loadEvents(second, PROJECT);
  expect(unreadable).toEqual([]);
  expect(events).toEqual(judgements('w', 2500));
  expect((await resumeRun(second, RUN))!.checkpoint).toEqual(checkpointAt(20));
  expect(await readOwn(second, own.built.encoded.name)).toEqual(own);
  const file = await textOf(exportAll(second, browserStorage, nameNow()));
  expect(JSON.parse(await textOf(exportRaw(browserStorage, nameNow())))).toEqual(JSON.parse(file));
  const copy = await openStorage({ indexedDB: () => undefined });
  expect(await importAll(copy, file)).toMatchObject({
    ok: true,
    value: { events: 2500, runs: 1, worlds: 1, damaged: 0 },
  });
});

test('two connections: both append, both survive, each catches up with the other', async () => {
  const open = named();
  const [a, b] = [await open(), await open()];
  await begin(a);
  const [mine, yours] = [judgements('a', 50), judgements('b', 50)];
  await Promise.all([
    ...mine.map((event) => appendEvents(a, PROJECT, [event])),
    ...yours.map((event) => appendEvents(b, PROJECT, [event])),
  ]);
  expect(foldEvents((await loadEvents(a, PROJECT)).events).judged).toHaveLength(100);
  expect(await eventsSince(a, PROJECT, { a: 50 })).toEqual(yours);
  expect(await eventsSince(b, PROJECT, { b: 49 })).toEqual([...mine, yours.at(-1)]);
});

test('a newer version in another tab: the older one lets go, keeps its work in memory and overwrites nothing', async () => {
  const open = named();
  const older = await open();
  await begin(older);
  await appendEvents(older, PROJECT, judgements('old', 3));
  const more = (db: IDBDatabase): void => void db.createObjectStore('more', { keyPath: ['name'] });
  const newer = await open({ version: DATABASE_VERSION + 1, migrations: [...MIGRATIONS, more] });
  expect(newer.health).toEqual({ kind: 'kept' });
  expect(older.health).toMatchObject({ kind: 'memory', reason: 'replaced' });
  expect(await appendEvents(older, PROJECT, judgements('late', 2))).toEqual({ ok: true });
  expect((await loadEvents(newer, PROJECT)).events).toHaveLength(3);
  expect((await open()).health).toMatchObject({ kind: 'memory', reason: 'newer' });
  const { parts } = JSON.parse(await textOf(exportAll(older, browserStorage, nameNow()))) as {
    parts: { version: number; stores: Record<string, unknown[]> }[];
  };
  expect(parts.map(({ version, stores }) => [version, stores['events']?.length])).toEqual([
    [DATABASE_VERSION + 1, 3],
    [DATABASE_VERSION, 2],
  ]);
});

test('cleared in another tab: a value, and the next visit begins anew', async () => {
  const open = named();
  const storage = await open();
  await begin(storage);
  expect(await clearAll(browserStorage, nameNow())).toEqual({ ok: true });
  await vi.waitFor(() => expect(storage.health).toMatchObject({ kind: 'memory', reason: 'cleared' }));
  expect((await listProjects(await open())).projects).toEqual([]);
});

test('tabs by the browser’s own locks and channels: one writer, messages, take-over', async () => {
  named();
  const heard: unknown[] = [];
  const join = (tab: string): Tabs =>
    joinTabs(browserTabs(), {
      project: nameNow(),
      tab,
      onMessage: (message, from) => heard.push([tab, from, message]),
      onRole: () => undefined,
    });
  const a = join('a');
  await vi.waitFor(() => expect(a.role).toBe('writer'));
  const b = join('b');
  const c = join('c');
  await vi.waitFor(() => expect([b.role, c.role]).toEqual(['follower', 'follower']));
  const message = { kind: 'events', events: judgements('a', 2), kept: true } as const;
  a.post(message);
  await vi.waitFor(() => expect(heard).toHaveLength(2));
  expect(heard).toContainEqual(['b', 'a', message]);
  expect(heard).toContainEqual(['c', 'a', message]);
  expect(await c.takeOver()).toBe(true);
  await vi.waitFor(() => expect([a.role, b.role, c.role]).toEqual(['follower', 'follower', 'writer']));
  c.leave();
  await vi.waitFor(() => expect([a.role, b.role].sort()).toEqual(['follower', 'writer']));
  a.leave();
  b.leave();
});

test('what the browser promises is asked for', async () => {
  named();
  expect(await askToPersist(navigator.storage)).toMatch(/^(granted|refused)$/);
  expect((await spaceUsed(navigator.storage))?.quota).toBeGreaterThan(0);
});

const round = (milliseconds: number): number => Math.round(milliseconds * 10) / 10;
async function timed<T>(work: () => Promise<T>): Promise<[number, T]> {
  const start = performance.now();
  const value = await work();
  return [round(performance.now() - start), value];
}

test('a log of 100,000 events opens, folds and grows', async ({ annotate }) => {
  const open = named();
  const first = await open();
  await begin(first);
  const all = judgements('w', 100_000);
  const append = async (storage: Storage, writer: string): Promise<number> => {
    const times: number[] = [];
    for (const event of judgements(writer, 21)) {
      times.push((await timed(() => appendEvents(storage, PROJECT, [event])))[0]);
    }
    return times.sort((x, y) => x - y)[10]!;
  };
  const short = await append(first, 'short');
  for (let from = 0; from < all.length; from += 10_000) {
    await appendEvents(first, PROJECT, all.slice(from, from + 10_000));
    await compactEvents(first, PROJECT);
  }
  first.close();
  const [opening, storage] = await timed(() => open());
  const [loading, { events }] = await timed(() => loadEvents(storage, PROJECT));
  const [folding, labels] = await timed(async () => foldEvents(events));
  const long = await append(storage, 'long');
  expect(labels.judged).toHaveLength(100_021);
  expect((await loadEvents(storage, PROJECT)).events).toHaveLength(100_042);
  await annotate(
    `100,000 label events: open ${opening} ms, load ${loading} ms, ` +
      `fold ${folding} ms; one append ${short} ms on an empty log, ${long} ms on this one`,
  );
});

test('a worker saves checkpoints of micro while the page goes on', async ({ annotate }) => {
  const open = named();
  const storage = await open();
  await begin(storage);
  /** Longest pause of the page's thread, in milliseconds, until `work` is done. */
  const longestPause = async <T>(work: Promise<T>): Promise<[number, T]> => {
    const channel = new MessageChannel();
    let longest = 0;
    let last = performance.now();
    channel.port1.onmessage = () => {
      const now = performance.now();
      longest = Math.max(longest, now - last);
      last = now;
      channel.port2.postMessage(null);
    };
    channel.port2.postMessage(null);
    const value = await work;
    channel.port1.close();
    return [round(longest), value];
  };
  const worker = new Worker(new URL('../support/storage-worker.ts', import.meta.url), { type: 'module' });
  const ask = (saves: number) =>
    new Promise<{ milliseconds: number[]; step: number; health: string }>((resolve, reject) => {
      worker.onmessage = ({ data }) => resolve(data as never);
      worker.onerror = reject;
      worker.postMessage({ name: nameNow(), saves, parameters: 110_000 });
    });
  await ask(1); // loads the worker's code
  const [idle] = await longestPause(new Promise((resolve) => setTimeout(resolve, 1000)));
  const [busy, result] = await longestPause(ask(20));
  worker.terminate();
  expect(result).toMatchObject({ step: 400, health: 'kept' });
  const sorted = result.milliseconds.sort((x, y) => x - y);
  await annotate(
    `20 checkpoints of 3 x 110,000 numbers in a worker: ${round(sorted[10]!)} ms each (median), ` +
      `${round(sorted.at(-1)!)} ms at most; longest pause of the page meanwhile ${busy} ms (without: ${idle} ms)`,
  );
});
