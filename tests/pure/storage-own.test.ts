// Worlds of a visitor's own files: kept, listed, brought back, taken from a file, deleted; a full disk is told, and loses nothing.
import 'fake-indexeddb/auto';
import { IDBFactory } from 'fake-indexeddb';
import { expect, test } from 'vitest';
import { MIGRATIONS } from '../../src/storage/database.ts';
import { exportAll } from '../../src/storage/dump.ts';
import { bytesOfOwn, keepOwn, listOwn, readOwn, removeOwn } from '../../src/storage/own-worlds.ts';
import { listProjects } from '../../src/storage/projects.ts';
import { importAll } from '../../src/storage/restore.ts';
import { OWN_STORES } from '../../src/storage/schema.ts';
import { openStorage } from '../../src/storage/storage.ts';
import { begin, ownWorld, PROJECT, textOf } from '../support/storage.ts';

const around = (factory: IDBFactory | undefined) => ({ indexedDB: () => factory });

test('what is kept is there in another visit, number by number, and another base policy takes the place of the first', async () => {
  const factory = new IDBFactory();
  const first = await openStorage(around(factory));
  const [kept, other] = [ownWorld(40), ownWorld(60)];
  await keepOwn(first, kept, 1000);
  await keepOwn(first, other, 2000);
  first.close();
  const second = await openStorage(around(factory));
  const name = kept.built.encoded.name;
  expect(await readOwn(second, name)).toEqual(kept);
  const better = ownWorld(40, 600);
  await keepOwn(second, better, 3000);
  const { worlds } = await listOwn(second);
  expect(worlds.map(({ world, created, modified, step }) => ({ world, created, modified, step }))).toEqual([
    { world: name, created: 1000, modified: 3000, step: 600 },
    { world: other.built.encoded.name, created: 2000, modified: 2000, step: 300 },
  ]);
  expect(await readOwn(second, name)).toEqual(better);
  expect(worlds[0]?.bytes).toBe(bytesOfOwn(better));
});

test('deleted: nothing of it is left, and the other stays', async () => {
  const storage = await openStorage(around(new IDBFactory()));
  const [one, other] = [ownWorld(40), ownWorld(60)];
  for (const kept of [one, other]) await keepOwn(storage, kept, 1000);
  const name = one.built.encoded.name;
  expect(await removeOwn(storage, name)).toEqual({ ok: true });
  expect(await removeOwn(storage, name)).toEqual({ ok: false, reason: 'deleted' });
  expect(await readOwn(storage, name)).toBeNull();
  const left = await storage.transact('read', OWN_STORES, (tx) =>
    Promise.all(OWN_STORES.map((store) => tx.keys(store, []))),
  );
  expect(left).toEqual(OWN_STORES.map(() => [[other.built.encoded.name]]));
});

test('a database of the version before gets the new stores and keeps its own', async () => {
  const factory = new IDBFactory();
  const before = await openStorage(around(factory), { version: 1, migrations: MIGRATIONS.slice(0, 1) });
  await begin(before);
  before.close();
  const storage = await openStorage(around(factory));
  expect(storage.health).toEqual({ kind: 'kept' });
  expect((await listProjects(storage)).projects).toMatchObject([{ project: PROJECT }]);
  await keepOwn(storage, ownWorld(), 1000);
  expect((await listOwn(storage)).worlds).toHaveLength(1);
});

test('everything as a file holds it, and a file brings it back: what is newer here stays', async () => {
  const factory = new IDBFactory();
  const storage = await openStorage(around(factory));
  await begin(storage);
  const kept = ownWorld();
  await keepOwn(storage, kept, 1000);
  const file = await textOf(exportAll(storage, around(factory)));
  const copy = await openStorage(around(new IDBFactory()));
  expect(await importAll(copy, file)).toMatchObject({
    ok: true,
    value: { projects: 1, worlds: 1, damaged: 0 },
  });
  const name = kept.built.encoded.name;
  expect(await readOwn(copy, name)).toEqual(kept);
  const better = ownWorld(40, 600);
  await keepOwn(copy, better, 2000);
  expect(await importAll(copy, file)).toMatchObject({ ok: true, value: { worlds: 0 } });
  expect(await readOwn(copy, name)).toEqual(better);
});

test('rows of a file that are no world are counted and left out', async () => {
  const storage = await openStorage(around(new IDBFactory()));
  await keepOwn(storage, ownWorld(), 1000);
  const file = JSON.parse(await textOf(exportAll(storage, around(undefined)))) as {
    parts: { stores: Record<string, Record<string, unknown>[]> }[];
  };
  const { stores } = file.parts[0]!;
  (stores['ownEncoded']![0]!['encoded'] as Record<string, unknown>)['prompts'] = [1, 2];
  stores['ownBases']!.push({ world: 'data-0000000000000000', parameters: 'none' });
  const copy = await openStorage(around(new IDBFactory()));
  expect(await importAll(copy, JSON.stringify(file))).toMatchObject({
    ok: true,
    value: { worlds: 0, damaged: 2 },
  });
  expect((await listOwn(copy)).worlds).toEqual([]);
});

test('what lies there damaged is not brought back, and can be deleted', async () => {
  const storage = await openStorage(around(new IDBFactory()));
  const kept = ownWorld();
  const world = kept.built.encoded.name;
  await keepOwn(storage, kept, 1000);
  await storage.transact('write', ['ownBases'], (tx) => tx.remove('ownBases', [world]));
  expect(await readOwn(storage, world)).toBeNull();
  expect(await removeOwn(storage, world)).toEqual({ ok: true });
  expect((await listOwn(storage)).worlds).toEqual([]);
});

test('where the browser keeps nothing it stays in memory, and the health says so', async () => {
  const storage = await openStorage(around(undefined));
  expect(storage.health).toMatchObject({ kind: 'memory', reason: 'unavailable' });
  const kept = ownWorld();
  await keepOwn(storage, kept, 1000);
  expect(await readOwn(storage, kept.built.encoded.name)).toEqual(kept);
});
