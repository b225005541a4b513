/**
 * The page's side of the worker for models from outside. Starts it when a file is chosen, gives every call a deadline, and
 * ends it when it is late: a model of a stranger may never come to an end. Nothing here throws: every answer is a Reply.
 */
import { transfer, wrap, type Remote } from 'comlink';
import { BUILD } from '../base/build.ts';
import { DeadlineError, StateError, errorToData, type ErrorData } from '../base/errors.ts';
import { workerAddress } from '../base/trusted.ts';
import frozenAddress from '../../workers/frozen.ts?worker&url';
import type { FrozenApi } from './frozen-protocol.ts';
import type { Reply } from './protocol.ts';

type Call = Exclude<keyof FrozenApi, 'greet' | 'inspect'>;
type Asking = Exclude<keyof FrozenApi, 'greet'>;

/** The runtime has 4 MB to download, and a slow processor takes long for a large model. */
const SECONDS: Readonly<Record<Asking | 'greet', number>> = {
  greet: 60,
  inspect: 60,
  open: 300,
  scores: 180,
  logps: 180,
  measure: 180,
  sample: 300,
};
const AGAIN = 'Choose the file again; a smaller model may do.';

interface Live {
  worker: Worker;
  api: Remote<FrozenApi>;
  /** Rejects when the worker dies or is ended, so that no call waits for it. */
  death: Promise<never>;
  end(error: Error): void;
}

export class FrozenHandle {
  #live: Live | null = null;

  /** `died`: the worker crashed or was late; the model is gone. */
  constructor(private readonly died: (error: ErrorData) => void) {}

  /** Looks into a file, in a worker of its own; the bytes move there. */
  async inspect(bytes: Uint8Array<ArrayBuffer>): ReturnType<FrozenApi['inspect']> {
    this.stop();
    const live = this.#spawn();
    const greeted = await this.#ask(live, 'greet', async (api) => {
      await api.greet(BUILD);
      return { ok: true, value: null };
    });
    if (!greeted.ok) return greeted;
    return this.#ask(live, 'inspect', (api) => api.inspect(transfer(bytes, [bytes.buffer])));
  }

  call<K extends Call>(name: K, ...rest: Parameters<FrozenApi[K]>): ReturnType<FrozenApi[K]> {
    const send = (api: Remote<FrozenApi>): Promise<Reply<unknown>> => {
      const method = api[name] as (...all: unknown[]) => Promise<Reply<unknown>>;
      return method(...rest);
    };
    return this.#ask(this.#live, name, send) as ReturnType<FrozenApi[K]>;
  }

  /** Ends the worker, if there is one, and the model with it. */
  stop(): void {
    this.#live?.worker.terminate();
    this.#live?.end(new StateError('The model was closed.'));
    this.#live = null;
  }

  #spawn(): Live {
    const worker = new Worker(workerAddress(frozenAddress), { type: 'module', name: 'frozen' });
    let end: (error: Error) => void = () => undefined;
    const death = new Promise<never>((_, fail) => (end = fail));
    death.catch(() => undefined); // it may die while nobody waits
    const die = (what: string): void => {
      const error = new StateError(`${what} ${AGAIN}`);
      end(error);
      if (this.#live?.worker === worker) this.#bury(error);
    };
    worker.addEventListener('error', ({ message }) =>
      die(`The model’s worker stopped: ${message || 'it could not be loaded'}.`),
    );
    worker.addEventListener('messageerror', () => die('A message of the model could not be read.'));
    this.#live = { worker, api: wrap<FrozenApi>(worker), death, end };
    return this.#live;
  }

  async #ask<T>(
    live: Live | null,
    name: Asking | 'greet',
    send: (api: Remote<FrozenApi>) => Promise<Reply<T>>,
  ): Promise<Reply<T>> {
    if (!live) return { ok: false, error: errorToData(new StateError(`No model is open. ${AGAIN}`)) };
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      const error = new DeadlineError(`The model did not answer within ${SECONDS[name]} s. ${AGAIN}`);
      timer = setTimeout(() => reject(error), SECONDS[name] * 1000);
    });
    try {
      return await Promise.race([send(live.api), live.death, late]);
    } catch (error) {
      if (this.#live === live && error instanceof DeadlineError) this.#bury(error);
      return { ok: false, error: errorToData(error) };
    } finally {
      clearTimeout(timer);
    }
  }

  #bury(error: Error): void {
    this.stop();
    this.died(errorToData(error));
  }
}
