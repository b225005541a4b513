/**
 * The page's side of the worker that trains reward models: starts it when first needed, drops events of older runs, gives
 * every call a deadline. Nothing here throws: every answer is a Reply.
 */
import { proxy, wrap, type Remote } from 'comlink';
import { BUILD } from '../base/build.ts';
import { errorToData, type ErrorData } from '../base/errors.ts';
import { startRewardWorker, within } from './handle.ts';
import type { Reply } from './protocol.ts';
import type { RewardApi, RewardEvent, RewardOpened, RewardOpenRequest } from './reward-protocol.ts';

const OPEN_SECONDS = 180;
const CALL_SECONDS = 60;

type Call = Exclude<keyof RewardApi, 'subscribe' | 'open'>;
type Rest<K extends Call> = Parameters<RewardApi[K]> extends [string, ...infer R] ? R : never;

interface Listener {
  /** Only events of the run that is open now. */
  event(event: RewardEvent): void;
  died(error: ErrorData): void;
}

interface Live {
  api: Remote<RewardApi>;
  death: Promise<never>;
}

export class RewardHandle {
  #worker: Worker | null = null;
  #live: Promise<Live> | null = null;
  #runs = 0;
  #runId = '';

  constructor(private readonly listener: Listener) {}

  /** Opens a run in place of the one before; events of that one no longer arrive. */
  open(request: Omit<RewardOpenRequest, 'runId'>): Promise<Reply<RewardOpened>> {
    const runId = (this.#runId = `reward-${++this.#runs}`);
    this.#live ??= this.#spawn();
    return this.#ask(OPEN_SECONDS, (api) => api.open({ runId, ...request }));
  }

  call<K extends Call>(name: K, ...rest: Rest<K>): ReturnType<RewardApi[K]> {
    const runId = this.#runId;
    return this.#ask(CALL_SECONDS, (api) => {
      const method = api[name] as (...all: unknown[]) => Promise<Reply<unknown>>;
      return method(runId, ...rest);
    }) as ReturnType<RewardApi[K]>;
  }

  /** Ends the worker, if there is one. */
  stop(): void {
    this.#worker?.terminate();
    this.#worker = null;
    this.#live = null;
  }

  async #spawn(): Promise<Live> {
    const worker = startRewardWorker();
    this.#worker = worker;
    const death = new Promise<never>((_, reject) => {
      const die = (why: string): void =>
        reject(new Error(`The trainer's worker stopped: ${why}. Reset starts a new one.`));
      worker.addEventListener('error', (event) => die(event.message || 'it could not be loaded'));
      worker.addEventListener('messageerror', () => die('a message of it could not be read'));
    });
    death.catch((error: unknown) => {
      if (this.#worker === worker) this.#bury(error);
    });
    const api = wrap<RewardApi>(worker);
    const listen = (event: RewardEvent): void => {
      // what a dead worker had still in the post must not undo the news of its death
      if (this.#worker === worker && event.runId === this.#runId) this.listener.event(event);
    };
    await within(CALL_SECONDS, api.subscribe(proxy(listen), BUILD), death);
    return { api, death };
  }

  async #ask<T>(seconds: number, send: (api: Remote<RewardApi>) => Promise<Reply<T>>): Promise<Reply<T>> {
    try {
      if (this.#live === null)
        return { ok: false, error: { name: 'StateError', message: 'No run is open. Reset opens one.' } };
      const { api, death } = await this.#live;
      return await within(seconds, send(api), death);
    } catch (error) {
      this.#bury(error);
      return { ok: false, error: errorToData(error) };
    }
  }

  #bury(error: unknown): void {
    if (this.#live === null) return;
    this.stop();
    this.listener.died(errorToData(error));
  }
}
