/** The page's side of the worker that reads files. Started for the first file; ended when it stays silent, crashes, or is told to stop. */
import { proxy } from 'comlink';
import dataAddress from '../../workers/data.ts?worker&url';
import { BUILD } from '../base/build.ts';
import type { ReadProgress } from '../data/read/read.ts';
import type { DataApi, ReadReply, ReadRequest } from './data-protocol.ts';
import { WorkerLine } from './worker-line.ts';

/** Without a sign of life. Generous: a row group of Parquet is read in one go. */
const SILENCE_SECONDS = 120;

export class DataHandle {
  readonly #line = new WorkerLine<DataApi>({
    address: dataAddress,
    name: 'data',
    words: {
      who: 'The reader of files',
      cure: 'Choose the file again.',
      none: 'No file is read.',
      late: (seconds) =>
        `Reading stood still for ${seconds} s. The file may be damaged; read it in smaller parts.`,
    },
    greetSeconds: SILENCE_SECONDS,
    greet: (api) => api.hello(BUILD),
  });
  /** The file in hand. */
  #reading: ReadRequest | null = null;

  /** Reads a file; another one that is being read is stopped. */
  async read(request: ReadRequest, progress: (progress: ReadProgress) => void): Promise<ReadReply> {
    this.stop();
    this.#reading = request;
    this.#line.start();
    const reply: ReadReply = await this.#line.ask(SILENCE_SECONDS, (api, alive) => {
      const told = (one: ReadProgress): void => {
        if (this.#reading !== request) return;
        alive();
        progress(one);
      };
      return api.read(request, proxy(told));
    });
    if (this.#reading !== request) return { ok: false, stopped: true };
    this.#reading = null;
    return reply;
  }

  /** Stops reading at once: the worker may be deep in a piece of the file, so it is ended, not asked. */
  stop(): void {
    if (this.#reading === null) return;
    this.#reading = null;
    this.#line.stop();
  }
}
