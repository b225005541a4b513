/**
 * All runs of a race, however they are best trained: side by side on WebGPU where that is wished for and there, else one by
 * one on WASM in a few workers. When WebGPU goes away on the way, the runs that are not through start again on WASM, and
 * the listener is told why.
 */
import type { ErrorData } from '../base/errors.ts';
import type { BackendName } from '../engine/backend.ts';
import { TrainerHandle, type HandleListener } from './trainer-handle.ts';
import { RunPool, type PoolHandle, type PoolListener } from './pool.ts';
import type { TrainerEvent } from './protocol.ts';

/** What trains the runs that are left, from now on. */
export interface RaceWay {
  backend: BackendName;
  /** `NVIDIA ampere`; '' on WASM. */
  description: string;
  workers: number;
  /** Why not WebGPU, or why not any more, as a sentence; '' where it is what was wished for. */
  why: string;
}

export interface RaceListener<J> extends PoolListener<J> {
  way(way: RaceWay): void;
  /** The run is to start again from its beginning. */
  again(job: J): void;
}

interface Where {
  /** Absolute address of the site's root, with a slash at its end. */
  site: string;
  backend: 'auto' | 'wasm' | 'webgpu';
  prompt: string;
  /** Workers on WASM. */
  workers: number;
}

/** How handles are made; tests give others. */
export interface Handles {
  race: (listener: HandleListener) => PoolHandle;
  single: (listener: HandleListener) => PoolHandle;
}

const HANDLES: Handles = {
  race: (listener) => new TrainerHandle(listener, 'race'),
  single: (listener) => new TrainerHandle(listener),
};

export class RacePool<J extends { recipe: unknown }> {
  readonly #left: Set<J>;
  #pool: RunPool<J> | null = null;
  #handle: PoolHandle | null = null;
  #stopped = false;
  #closed = false;

  constructor(
    private readonly jobs: readonly J[],
    private readonly where: Where,
    private readonly listener: RaceListener<J>,
    private readonly handles = HANDLES,
  ) {
    this.#left = new Set(jobs);
  }

  start(): void {
    if (this.where.backend === 'wasm') this.#oneByOne('');
    else void this.#sideBySide();
  }

  stop(): void {
    this.#stopped = true;
    this.#pool?.stop();
    void this.#handle?.call('pause');
  }

  goOn(): void {
    this.#stopped = false;
    this.#pool?.goOn();
    void this.#handle?.call('train');
  }

  /** Ends all workers; nothing is reported from now on. */
  close(): void {
    this.#closed = true;
    this.#pool?.close();
    this.#handle?.stop();
  }

  async #sideBySide(): Promise<void> {
    const { site, backend, prompt } = this.where;
    const handle = this.handles.race({
      event: (event) => this.#hear(event),
      died: (error) => this.#fallBack(error),
    });
    const recipe = this.jobs.map((job) => job.recipe);
    const opened = await handle.open({ site, recipe, backend, prompt });
    if (this.#closed) return;
    if (!opened.ok || opened.value.backend !== 'webgpu') {
      handle.stop();
      const why = opened.ok ? (opened.value.whyNot ?? '') : opened.error.message;
      return this.#oneByOne(why);
    }
    this.#handle = handle;
    const { description } = opened.value;
    this.listener.way({ backend: 'webgpu', description, workers: 1, why: '' });
    if (!this.#stopped) void handle.call('train');
  }

  #hear(event: TrainerEvent): void {
    if (this.#closed || this.#handle === null) return;
    if (event.lane === undefined) {
      if (event.kind === 'failed') this.#fallBack(event.error);
      return;
    }
    const job = this.jobs[event.lane] as J;
    if (!this.#left.has(job)) return;
    this.listener.event(job, event);
    if (event.kind === 'failed') this.#over(job, event.error);
    if (event.kind === 'progress' && event.progress.phase === 'finished') this.#over(job, null);
  }

  #over(job: J, error: ErrorData | null): void {
    this.#left.delete(job);
    this.listener.over(job, error);
    if (this.#left.size > 0) return;
    this.#handle?.stop();
    this.#handle = null;
    this.listener.empty();
  }

  #fallBack({ message }: ErrorData): void {
    if (this.#closed || this.#handle === null) return;
    this.#handle.stop();
    this.#handle = null;
    for (const job of this.#left) this.listener.again(job);
    this.#oneByOne(message);
  }

  #oneByOne(why: string): void {
    const { site, prompt, workers } = this.where;
    const listener: PoolListener<J> = {
      event: (job, event) => this.listener.event(job, event),
      over: (job, error) => this.listener.over(job, error),
      empty: () => this.listener.empty(),
    };
    const where = { site, backend: 'wasm', prompt } as const;
    this.#pool = new RunPool([...this.#left], workers, where, listener, this.handles.single);
    this.listener.way({ backend: 'wasm', description: '', workers: this.#pool.workers, why });
    if (this.#stopped) this.#pool.stop();
    this.#pool.start();
  }
}
