// A full disk, by the limit that the browser's debugger sets: what no simulated failure shows.
import { expect, test } from 'vitest';
import { cdp } from 'vitest/browser';
import { browserStorage } from '../../src/storage/database.ts';
import { clearAll, exportAll } from '../../src/storage/dump.ts';
import { appendEvents, loadEvents } from '../../src/storage/log.ts';
import { spaceUsed } from '../../src/storage/persist.ts';
import { importAll } from '../../src/storage/restore.ts';
import { resumeRun, saveProgress } from '../../src/storage/runs.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { openStorage } from '../../src/storage/storage.ts';
import { begin, checkpointAt, judgements, progress, PROJECT, RUN, textOf } from '../support/storage.ts';

const NAME = 'test-quota';

/** The browser's own limit, in bytes; null lifts it. */
async function limit(quotaSize: number | null): Promise<void> {
  const origin = location.origin;
  const session = cdp() as unknown as { send(method: string, params: object): Promise<unknown> };
  await session.send(
    'Storage.overrideQuotaForOrigin',
    quotaSize === null ? { origin } : { origin, quotaSize },
  );
}

test('the browser’s own limit is reached: nothing is lost, and it is written once there is room', async () => {
  await limit(((await spaceUsed(navigator.storage))?.used ?? 0) + 200_000);
  const open = (): Promise<Storage> => openStorage(browserStorage, { name: NAME });
  const storage = await open();
  await begin(storage);
  await appendEvents(storage, PROJECT, judgements('w', 10));
  try {
    // Chromium remembers for half a minute how much room there was, if another test has asked
    for (let i = 0; i < 60 && storage.health.kind === 'kept'; i++) {
      if (i > 0) await new Promise((resolve) => setTimeout(resolve, 1000));
      const checkpoint = checkpointAt(20 * (i + 1), 100_000);
      expect(await saveProgress(storage, RUN, progress(20 * i, 20 * (i + 1), { checkpoint }))).toEqual({
        ok: true,
      });
    }
    expect(storage.health).toMatchObject({ kind: 'memory', reason: 'quota' });
    await appendEvents(storage, PROJECT, judgements('x', 5));
    expect((await loadEvents(storage, PROJECT)).events).toHaveLength(15);
    const resumed = (await resumeRun(storage, RUN))!;
    expect(resumed.metrics).toHaveLength(resumed.run.step);
    expect(resumed.checkpoint).toEqual(checkpointAt(resumed.run.step, 100_000));
    const copy = await openStorage({ indexedDB: () => undefined });
    await importAll(copy, await textOf(exportAll(storage, browserStorage, NAME)));
    expect((await resumeRun(copy, RUN))!.checkpoint).toEqual(resumed.checkpoint);
  } finally {
    await limit(null);
  }
  expect(await storage.retry()).toEqual({ kind: 'kept' });
  const other = await open();
  expect((await loadEvents(other, PROJECT)).events).toHaveLength(15);
  expect((await resumeRun(other, RUN))!.checkpoint).toEqual((await resumeRun(storage, RUN))!.checkpoint);
  for (const one of [storage, other]) one.close();
  expect(await clearAll(browserStorage, NAME)).toEqual({ ok: true });
});
