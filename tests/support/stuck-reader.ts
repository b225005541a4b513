/** A reader that comes a little further and then loops for ever, as a program of its own: its watchdog has to kill it. */
import { watched } from '../../src/cli/watchdog.ts';

export const main = (): Promise<number> =>
  watched('stuck.parquet', 1, (alive) => {
    alive();
    for (;;);
  });
