// What runs the stages of `npm test`: it hears of tests, gives up what is silent for long, and leaves nothing behind.
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { runWatched } from '../../scripts/stage.mjs';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => void vi.useRealTimers());

const SILENCE = 1_000_000;
const EVENTS = JSON.stringify(new URL('../../scripts/test-events.mjs', import.meta.url).href);

/** Runs a program; `heard` resolves once it has said a line that matches. */
function start(program: string) {
  const lines: string[] = [];
  const waiting: (() => void)[] = [];
  const write = (line: string): void => {
    lines.push(line);
    for (const look of waiting) look();
  };
  const source = `const { tell } = await import(${EVENTS}); ${program}`;
  const args = ['--input-type=module', '-e', source];
  const outcome = runWatched(process.execPath, args, { write, silence: SILENCE, grace: 100 });
  const heard = (pattern: RegExp) =>
    new Promise<string[]>((resolve) => {
      const look = (): void => {
        const found = lines.map((line) => pattern.exec(line)).find((match) => match !== null);
        if (found) resolve([...found]);
      };
      waiting.push(look);
      look();
    });
  return { lines, outcome, heard };
}

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // one that has ended may still stand in the table, where nobody asks for it
    return process.platform !== 'linux' || !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

/** Starts a process that never ends, as a server or a browser; says its id. */
const COMPANION = (detached: boolean): string => `
  const { spawn } = await import('node:child_process');
  const companion = spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1000)'], { stdio: 'inherit', detached: ${detached} });
  companion.unref();
  console.log('companion ' + companion.pid);
`;

test('what a command tells of its tests is counted and not shown', async () => {
  const { outcome, lines } = start(`
    tell({ begin: 'a' });
    console.log('a line');
    tell({ end: 'a', outcome: 'passed', seconds: 2 });
    tell({ begin: 'a file' });
    tell({ end: 'a file' });
    console.error('another');
  `);
  const { ok, tests, givenUp } = await outcome;
  expect(ok).toBe(true);
  expect(tests).toEqual([{ name: 'a', outcome: 'passed', seconds: 2 }]);
  expect(givenUp).toBeUndefined();
  expect([...lines].sort()).toEqual(['a line\n', 'another\n']);
});

test('a command that fails, or is not there, is not ok', async () => {
  expect((await start('process.exit(3);').outcome).ok).toBe(false);
  const lines: string[] = [];
  const write = (line: string): void => void lines.push(line);
  expect((await runWatched('no-such-command-here', [], { write })).ok).toBe(false);
  expect(lines.join('')).toContain('ENOENT');
});

test('one that is silent for long is given up with the name of its test, and ended with all it started', async () => {
  const { outcome, heard, lines } = start(`
    ${COMPANION(false)}
    process.on('SIGTERM', () => undefined); // a hung test does not listen
    setInterval(() => undefined, 1000);
    tell({ begin: 'ends' });
    tell({ begin: 'hangs' });
    tell({ end: 'ends', outcome: 'passed', seconds: 1 });
    console.log('waits');
  `);
  const pid = Number((await heard(/companion (\d+)/))[1]);
  await heard(/waits/);
  vi.advanceTimersByTime(SILENCE - 1);
  expect(lives(pid)).toBe(true);
  vi.advanceTimersByTime(1);
  const { ok, givenUp, tests } = await outcome;
  expect(ok).toBe(false);
  expect(givenUp).toEqual(['hangs']);
  expect(tests.map(({ name }) => name)).toEqual(['ends']);
  expect(lines.join('')).toContain('Running then: hangs.');
  await vi.waitFor(() => expect(lives(pid)).toBe(false));
});

// elsewhere processes in groups of their own are not found
test.runIf(process.platform === 'linux')('what a command leaves behind is ended, and said', async () => {
  const { outcome, heard, lines } = start(COMPANION(true));
  const pid = Number((await heard(/companion (\d+)/))[1]);
  expect((await outcome).ok).toBe(true);
  expect(lines.join('')).toContain('left behind');
  await vi.waitFor(() => expect(lives(pid)).toBe(false));
});
