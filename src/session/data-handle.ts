/**
 * The page's side of the worker that reads files. Started for the first file; ended when it stays silent, crashes, or does
 * not stop when told to. Nothing here throws.
 */
import { proxy, wrap, type Remote } from 'comlink';
import { BUILD } from '../base/build.ts';
import { DeadlineError, errorToData } from '../base/errors.ts';
import { workerAddress } from '../base/trusted.ts';
import type { ReadProgress } from '../data/read/read.ts';
import dataAddress from '../../workers/data.ts?worker&url';
import type { DataApi, ReadReply, ReadRequest } from './data-protocol.ts';

/** Without a sign of life. Generous: a row group of Parquet is read in one go. */
const SILENCE_SECONDS = 120;

interface Live {
  worker: Worker;
  api: Remote<DataApi>;
}

export class DataHandle {
  #live: Live | null = null;
  /** Ends the wait for the file in hand. */
  #giveUp: ((reply: ReadReply) => void) | null = null;

  /** Reads a file; another one that is being read is stopped. */
  async read(request: ReadRequest, progress: (progress: ReadProgress) => void): Promise<ReadReply> {
    this.stop();
    const live = (this.#live ??= this.#start());
    let timer: ReturnType<typeof setTimeout> | undefined;
    const given = new Promise<ReadReply>((resolve) => (this.#giveUp = resolve));
    const giveUp = this.#giveUp;
    const watch = (): void => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        this.#end();
        const said = `Reading stood still for ${SILENCE_SECONDS} s. The file may be damaged; read it in smaller parts.`;
        giveUp?.({ ok: false, error: errorToData(new DeadlineError(said)) });
      }, SILENCE_SECONDS * 1000);
    };
    watch();
    const told = (one: ReadProgress): void => {
      if (this.#giveUp !== giveUp) return;
      watch();
      progress(one);
    };
    const asked = (async (): Promise<ReadReply> => {
      try {
        await live.api.hello(BUILD);
        return await live.api.read(request, proxy(told));
      } catch (error) {
        return { ok: false, error: errorToData(error) };
      }
    })();
    const reply = await Promise.race([asked, given]);
    clearTimeout(timer);
    if (this.#giveUp === giveUp) this.#giveUp = null;
    return reply;
  }

  /** Stops reading at once: the worker may be deep in a piece of the file, so it is ended, not asked. */
  stop(): void {
    if (this.#giveUp === null) return;
    this.#end();
    this.#giveUp({ ok: false, stopped: true });
    this.#giveUp = null;
  }

  /** Ends the worker, if there is one. */
  #end(): void {
    this.#live?.worker.terminate();
    this.#live = null;
  }

  #start(): Live {
    const worker = new Worker(workerAddress(dataAddress), { type: 'module', name: 'data' });
    const died = (message: string): void => {
      if (this.#live?.worker !== worker) return;
      this.#end();
      this.#giveUp?.({ ok: false, error: { name: 'Error', message } });
    };
    worker.addEventListener('error', (event) =>
      died(
        `The reader of files stopped: ${event.message || 'it could not be loaded'}. Choose the file again.`,
      ),
    );
    worker.addEventListener('messageerror', () =>
      died('A message could not be read. Choose the file again.'),
    );
    return { worker, api: wrap<DataApi>(worker) };
  }
}
