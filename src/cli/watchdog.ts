/** Ends the program where reading a file stands still: a damaged page can hold a reader in a loop that nothing else breaks. */
import { Worker } from 'node:worker_threads';

/** The reader has ended, one way or another. */
const DONE = -1;

/** Sleeps in a thread of its own until the counter moves; plain JavaScript, since a thread knows nothing of this loader. */
const WATCH = `
const { workerData: { counter, seconds, words } } = require('node:worker_threads');
for (let seen = 0; seen !== ${DONE}; seen = Atomics.load(counter, 0)) {
  if (Atomics.wait(counter, 0, seen, 1000 * seconds) === 'timed-out') {
    require('node:fs').writeSync(2, words);
    process.kill(process.pid, 'SIGKILL');
  }
}`;

/**
 * What `read` gives. It calls `alive` whenever it has come further; where it does not for `seconds`, the program says so with a
 * cure and is killed, as a loop on the only thread cannot be ended otherwise.
 */
export async function watched<T>(
  file: string,
  seconds: number,
  read: (alive: () => void) => Promise<T>,
): Promise<T> {
  const counter = new Int32Array(new SharedArrayBuffer(4));
  const words = `${file}: expected rows that can be read, received nothing for ${seconds} s. The file may be damaged: write it again, or read it in smaller parts.\n`;
  const thread = new Worker(WATCH, {
    eval: true,
    execArgv: [],
    workerData: { counter, seconds, words },
  });
  const tell = (): void => void Atomics.notify(counter, 0);
  try {
    return await read(() => {
      Atomics.add(counter, 0, 1);
      tell();
    });
  } finally {
    Atomics.store(counter, 0, DONE);
    tell();
    await thread.terminate();
  }
}
