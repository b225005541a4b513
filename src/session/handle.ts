/**
 * The page's side of a trainer worker. Starts it when first needed, drops events of older runs, gives every call a
 * deadline, and after a death starts a new worker at the next `open`. Nothing here throws: every answer is a Reply.
 */
import { proxy, wrap, type Remote } from 'comlink';
import { BUILD } from '../base/build.ts';
import { DeadlineError, errorToData, type ErrorData } from '../base/errors.ts';
import { workerAddress } from '../base/trusted.ts';
import trainerAddress from '../../workers/trainer.ts?worker&url';
import type { AskReference, OpenRequest, Reply, TrainerApi, TrainerEvent } from './protocol.ts';

/** Generous: a software GPU may take a minute to compile, and a slow processor seconds for a slice. */
const OPEN_SECONDS = 180;
const CALL_SECONDS = 60;
/** Whatever a run with a model from outside is asked may first have to be asked of that model, which has deadlines of its own. */
const MEASURED_SECONDS = 900;

/** A model from outside that is open on the page, and may be what a run is measured by. */
export interface OutsideReference {
  sha256: string;
  ask: AskReference;
}

export interface OpenOptions extends Omit<OpenRequest, 'runId' | 'reference'> {
  /** For a recipe that names it. */
  outside?: OutsideReference;
}

export interface HandleListener {
  /** Only events of the run that is open now. */
  event(event: TrainerEvent): void;
  /** The worker crashed or stopped answering; the run is lost, and the next `open` starts another worker. */
  died(error: ErrorData): void;
}

interface Live {
  worker: Worker;
  api: Remote<TrainerApi>;
  /** Rejects when the worker dies, so that no call waits for it. */
  death: Promise<never>;
}

type RunCall = Exclude<keyof TrainerApi, 'subscribe' | 'open' | 'close'>;
type Rest<K extends RunCall> = Parameters<TrainerApi[K]> extends [string, ...infer R] ? R : never;

const start = (name: 'trainer' | 'race' | 'reward' | 'teacher' | 'device') => (): Worker =>
  new Worker(workerAddress(trainerAddress), { type: 'module', name });

const startTrainer = start('trainer');
/** It answers to `RaceApi`. */
export const startRaceTrainer = start('race');
/** It answers to `RewardApi`. */
export const startRewardWorker = start('reward');
/** It answers to `TeachApi`. */
export const startTeacher = start('teacher');
/** It answers to `DeviceApi`. */
export const startDeviceWorker = start('device');

export class TrainerHandle {
  #live: Live | null = null;
  #starting: Promise<Live> | null = null;
  #runs = 0;
  #runId = '';
  #measured = false;

  constructor(
    private readonly listener: HandleListener,
    private readonly start: () => Worker = startTrainer,
  ) {}

  get runId(): string {
    return this.#runId;
  }

  /** Opens a run in place of the one before; events of that one no longer arrive. */
  async open({ outside, ...options }: OpenOptions): ReturnType<TrainerApi['open']> {
    this.#runId = `run-${++this.#runs}`;
    const runId = this.#runId;
    this.#measured = outside !== undefined;
    try {
      // two calls in a row wait for one worker
      this.#live ??= await (this.#starting ??= this.#spawn());
    } catch (error) {
      return { ok: false, error: errorToData(error) };
    } finally {
      this.#starting = null;
    }
    if (!outside) return this.#ask(OPEN_SECONDS, (api) => api.open({ runId, ...options }));
    const request = { runId, reference: outside.sha256, ...options };
    return this.#ask(MEASURED_SECONDS, (api) => api.open(request, proxy(outside.ask)));
  }

  /** Calls a method of the worker for the run that is open. */
  call<K extends RunCall>(name: K, ...rest: Rest<K>): ReturnType<TrainerApi[K]> {
    const runId = this.#runId;
    const ask = this.#ask(this.#measured ? MEASURED_SECONDS : CALL_SECONDS, (api) => {
      const method = api[name] as (...all: unknown[]) => Promise<Reply<unknown>>;
      return method(runId, ...rest);
    });
    return ask as ReturnType<TrainerApi[K]>;
  }

  /** Ends the worker, if there is one. */
  stop(): void {
    this.#live?.worker.terminate();
    this.#live = null;
  }

  async #spawn(): Promise<Live> {
    const worker = this.start();
    let reject: (error: Error) => void;
    const death = new Promise<never>((_, fail) => (reject = fail));
    death.catch(() => undefined); // it may die while nobody waits
    const die = (message: string): void => {
      if (this.#live?.worker !== worker) return reject(new Error(message));
      this.#bury(new Error(message));
      reject(new Error(message));
    };
    worker.addEventListener('error', (event) =>
      die(
        `The trainer's worker stopped: ${event.message || 'it could not be loaded'}. Reset starts a new one.`,
      ),
    );
    worker.addEventListener('messageerror', () =>
      die('A message of the trainer could not be read. Reset starts a new one.'),
    );
    const live: Live = { worker, api: wrap<TrainerApi>(worker), death };
    const listen = (event: TrainerEvent): void => {
      // what a dead worker had still in the post must not undo the news of its death
      if (this.#live === live && event.runId === this.#runId) this.listener.event(event);
    };
    try {
      await within(CALL_SECONDS, live.api.subscribe(proxy(listen), BUILD), death);
    } catch (error) {
      worker.terminate();
      throw error;
    }
    return live;
  }

  async #ask<T>(seconds: number, send: (api: Remote<TrainerApi>) => Promise<Reply<T>>): Promise<Reply<T>> {
    const live = this.#live;
    if (!live) {
      return { ok: false, error: { name: 'StateError', message: 'No run is open. Reset opens one.' } };
    }
    try {
      return await within(seconds, send(live.api), live.death);
    } catch (error) {
      if (this.#live === live && error instanceof DeadlineError) this.#bury(error);
      return { ok: false, error: errorToData(error) };
    }
  }

  #bury(error: Error): void {
    this.stop();
    this.listener.died(errorToData(error));
  }
}

export async function within<T>(seconds: number, answer: Promise<T>, death: Promise<never>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () =>
        reject(new DeadlineError(`The trainer did not answer within ${seconds} s. Reset starts a new one.`)),
      seconds * 1000,
    );
  });
  try {
    return await Promise.race([answer, death, late]);
  } finally {
    clearTimeout(timer);
  }
}
