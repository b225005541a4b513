/** The page's side of the worker that makes worlds of data. Nothing here throws: every answer is a Reply. */
import { proxy, wrap, type Remote } from 'comlink';
import { BUILD } from '../base/build.ts';
import { errorToData, type ErrorData } from '../base/errors.ts';
import type { BuiltWorld, WorldChoices } from '../data/build.ts';
import type { PackedDataset } from '../data/read/packed.ts';
import { startTeacher, within } from './handle.ts';
import type { Reply } from './protocol.ts';
import type { TaughtBase, TeachApi, TeachEvent, TeachRequest } from './teach-protocol.ts';

/** Generous: a large file is encoded in one go, on whatever processor there is. */
const BUILD_SECONDS = 300;
const OPEN_SECONDS = 120;
const CALL_SECONDS = 60;

interface Live {
  worker: Worker;
  api: Remote<TeachApi>;
  /** Rejects when the worker dies, so that no call waits for it. */
  death: Promise<never>;
}

export class TeachHandle {
  #live: Promise<Live> | null = null;
  #runs = 0;
  #runId = '';

  constructor(
    /** Only events of the model that is open now. */
    private readonly heard: (event: TeachEvent) => void,
    private readonly died: (error: ErrorData) => void,
  ) {}

  build(dataset: PackedDataset, choices: WorldChoices): Promise<Reply<BuiltWorld>> {
    return this.#ask(BUILD_SECONDS, (api) => api.build(dataset, choices));
  }

  open(request: Omit<TeachRequest, 'runId'>): Promise<Reply<number>> {
    const runId = (this.#runId = `model-${++this.#runs}`);
    return this.#ask(OPEN_SECONDS, (api) => api.open({ runId, ...request }));
  }

  train(): Promise<Reply<null>> {
    return this.#ask(CALL_SECONDS, (api) => api.train(this.#runId));
  }

  pause(): Promise<Reply<null>> {
    return this.#ask(CALL_SECONDS, (api) => api.pause(this.#runId));
  }

  taught(): Promise<Reply<TaughtBase>> {
    return this.#ask(OPEN_SECONDS, (api) => api.taught(this.#runId));
  }

  /** Ends the worker, if there is one. */
  stop(): void {
    const live = this.#live;
    this.#live = null;
    void live?.then(
      ({ worker }) => worker.terminate(),
      () => undefined,
    );
  }

  async #spawn(): Promise<Live> {
    const worker = startTeacher();
    const death = new Promise<never>((_, reject) => {
      const die = (why: string): void => reject(new Error(`The worker stopped: ${why}. Begin again.`));
      worker.addEventListener('error', (event) => die(event.message || 'it could not be loaded'));
      worker.addEventListener('messageerror', () => die('a message of it could not be read'));
    });
    const api = wrap<TeachApi>(worker);
    const live: Live = { worker, api, death };
    death.catch((error: unknown) => void this.#bury(live, error));
    const listen = (event: TeachEvent): void => {
      if (event.runId === this.#runId) this.heard(event);
    };
    try {
      await within(CALL_SECONDS, api.subscribe(proxy(listen), BUILD), death);
      return live;
    } catch (error) {
      worker.terminate();
      throw error;
    }
  }

  async #ask<T>(seconds: number, send: (api: Remote<TeachApi>) => Promise<Reply<T>>): Promise<Reply<T>> {
    this.#live ??= this.#spawn();
    const asked = this.#live;
    try {
      const { api, death } = await asked;
      return await within(seconds, send(api), death);
    } catch (error) {
      if (this.#live === asked) this.stop();
      return { ok: false, error: errorToData(error) };
    }
  }

  async #bury(live: Live, error: unknown): Promise<void> {
    if ((await this.#live?.catch(() => null)) !== live) return;
    this.stop();
    this.died(errorToData(error));
  }
}
