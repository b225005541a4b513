import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { watched } from '../../src/cli/watchdog.ts';

test('a reader that loops for ever is ended, and the file is named with a cure', () => {
  const program = "await (await import('./scripts/load.mjs')).runMain('tests/support/stuck-reader.ts')";
  const { signal, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    encoding: 'utf8',
    timeout: 60_000,
    killSignal: 'SIGTERM', // another than the watchdog's
  });
  expect(signal).toBe('SIGKILL');
  expect(stderr).toContain('stuck.parquet: expected rows that can be read, received nothing for 1 s.');
});

test('what is read or thrown comes through, and the program goes on', async () => {
  expect(await watched('a.jsonl', 60, (alive) => Promise.resolve(alive()).then(() => 7))).toBe(7);
  await expect(watched('a.jsonl', 60, () => Promise.reject(new Error('damaged')))).rejects.toThrow('damaged');
});
