// Runs one command of the tests: watched, and ended with all that it has started.
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { root } from './install.mjs';
import { heard } from './test-events.mjs';

/** A command is given up after so long without a line of output: far more than any test takes by itself on a slow machine. */
const SILENCE = 20 * 60_000;
/** What is asked to end has so long for it. */
const GRACE = 5000;
const windows = process.platform === 'win32';

/** CPU seconds of all children that have ended, with all of theirs; undefined where the system does not say it so. */
function spentByEnded() {
  if (process.platform !== 'linux') return undefined;
  const stat = readFileSync('/proc/self/stat', 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[13]) + Number(fields[14])) / 100; // cutime and cstime, in ticks of 1/100 s
}
let counted = spentByEnded();

/** Called when a child has ended: what it and its children took is what has been added since the last one. */
function spentSince() {
  const before = counted;
  counted = spentByEnded();
  return counted === undefined ? undefined : counted - before;
}

/** Processes that were started with this mark in their environment: browsers lead groups of their own and outlive their parents. */
function marked(mark) {
  if (process.platform !== 'linux') return [];
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map(Number).filter((pid) => {
    try {
      if (!readFileSync(`/proc/${pid}/environ`, 'latin1').includes(mark)) return false;
      return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'latin1'));
    } catch {
      return false; // has ended, or is not ours
    }
  });
}

function signal(pid, name) {
  try {
    process.kill(pid, name);
    return true;
  } catch {
    return false; // has ended
  }
}

/** Asks the group of a child, and whatever else carries its mark, to end; ends after `grace` milliseconds what has not. */
async function endAll(child, mark, grace) {
  const all = () => [windows ? child.pid : -child.pid, ...marked(mark)];
  for (const pid of all()) signal(pid, 'SIGTERM');
  const until = performance.now() + grace;
  while (performance.now() < until && all().some((pid) => signal(pid, 0))) await pause(100);
  for (const pid of all()) signal(pid, 'SIGKILL');
}

const alive = new Map();

/** Ends every command that runs. */
export const endEverything = () => Promise.all([...alive].map(([child, mark]) => endAll(child, mark, GRACE)));

/**
 * Runs a command, whose lines go to `write`. Resolves to what became of it:
 * `ok`; `tests` that ended, each with name, outcome and seconds; `seconds` and, where known, `cpu` seconds; `givenUp`, the names of
 * the tests that were running when nothing had been heard for `silence` milliseconds.
 */
export async function runWatched(command, args, { write, silence = SILENCE, grace = GRACE }) {
  const mark = `SWAY_STAGE=${randomUUID()}`;
  const env = { ...process.env, SWAY_STAGE: mark.slice(mark.indexOf('=') + 1) };
  if (process.stdout.isTTY) env.FORCE_COLOR = '1';
  const began = performance.now();
  const child = spawn(command, args, {
    cwd: root,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: !windows, // a group of its own, which can be ended as one
    shell: windows && command === 'npm',
  });
  alive.set(child, mark);

  const running = new Set();
  const tests = [];
  let givenUp;
  const watchdog = setTimeout(() => {
    givenUp = [...running];
    write(
      `Given up: nothing was heard for ${silence / 1000} s. Running then: ${givenUp.join('; ') || 'no test'}.\n`,
    );
    void endAll(child, mark, grace);
  }, silence);
  const take = (line) => {
    watchdog.refresh();
    const event = heard(line);
    if (!event) write(`${line}\n`);
    else if (event.begin) running.add(event.begin);
    else {
      running.delete(event.end);
      if (event.outcome) tests.push({ name: event.end, outcome: event.outcome, seconds: event.seconds ?? 0 });
    }
  };
  for (const input of [child.stdout, child.stderr]) createInterface({ input }).on('line', take);

  const closed = new Promise((resolve) => child.once('close', resolve));
  const ok = await new Promise((resolve) => {
    child.once('error', (error) => {
      write(`${error.message}\n`);
      resolve(false);
    });
    child.once('exit', (code) => resolve(code === 0));
  });
  const cpu = spentSince();
  clearTimeout(watchdog);
  if (child.pid !== undefined) {
    // what the command has left behind would hold its ports, and its output open
    for (let i = 0; i < 20 && marked(mark).length; i++) await pause(100);
    const left = marked(mark).length;
    if (left) {
      if (!givenUp) write(`Ended ${left} processes that the command had left behind.\n`);
      await endAll(child, mark, grace);
    }
    await Promise.race([closed, pause(5000, undefined, { ref: false })]);
  }
  alive.delete(child);
  return { ok: ok && !givenUp, givenUp, tests, seconds: (performance.now() - began) / 1000, cpu };
}
