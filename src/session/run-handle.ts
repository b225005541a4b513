/**
 * The page's side of a worker that holds one run at a time: starts it when the first is opened, drops what it says of older
 * runs, gives every call a deadline, and after a death starts a new worker at the next `open`.
 */
import { proxy } from 'comlink';
import trainerAddress from '../../workers/trainer.ts?worker&url';
import { BUILD } from '../base/build.ts';
import type { ErrorData } from '../base/errors.ts';
import type { Reply } from './protocol.ts';
import { WorkerLine, type WorkerKind, type WorkerWords } from './worker-line.ts';

/** What every such worker answers to; all else takes the id of the run that is open first. */
interface RunApi<E> {
  subscribe(listener: (event: E) => void, build: string): void;
  open(request: never): Promise<Reply<unknown>>;
}

type RunMethod = (runId: string, ...rest: never[]) => Promise<Reply<unknown>>;

/** What is asked of the run that is open. */
export type RunCall<A> = { [K in keyof A]: A[K] extends RunMethod ? K : never }[keyof A];
type Rest<F> = F extends (runId: string, ...rest: infer R) => unknown ? R : never;
type Answer<F> = F extends (...all: never[]) => infer R ? R : never;

type OpenOptionsOf<A extends Pick<RunApi<never>, 'open'>> = Omit<Parameters<A['open']>[0], 'runId'>;

export interface RunListener<E> {
  /** Only events of the run that is open now. */
  event(event: E): void;
  /** The worker crashed or stopped answering; the run is lost, and the next `open` starts another worker. */
  died(error: ErrorData): void;
}

/** Of a program that `workers/trainer.ts` holds, by its name. */
export interface RunKind<A> {
  name: 'trainer' | 'race' | 'reward' | 'teacher';
  words: WorkerWords;
  /** Generous: a slow processor takes seconds for a slice, and a software GPU a minute to compile. */
  seconds: { open: number; call: number } & { [K in RunCall<A>]?: number };
}

export class RunHandle<A extends RunApi<E>, E extends { runId: string }> {
  protected readonly line: WorkerLine<A>;
  /** What every call is granted, for a run that depends on something slow. */
  protected leastSeconds = 0;
  #runs = 0;
  #runId = '';

  constructor(
    private readonly kind: RunKind<A>,
    listener: RunListener<E>,
  ) {
    const { name, words, seconds } = kind;
    const worker: WorkerKind<A> = {
      address: trainerAddress,
      name,
      words,
      greetSeconds: seconds.call,
      greet: async (api, isLive) => {
        const listen = (event: E): void => {
          // what a dead worker had still in the post must not undo the news of its death
          if (isLive() && event.runId === this.#runId) listener.event(event);
        };
        await (api as unknown as Subscribed).subscribe(proxy(listen), BUILD);
      },
    };
    this.line = new WorkerLine(worker, (error) => listener.died(error));
  }

  /** Opens a run in place of the one before, whose events no longer arrive; `more` follows the request. */
  open(options: OpenOptionsOf<A>, ...more: unknown[]): ReturnType<A['open']> {
    const runId = (this.#runId = `run-${++this.#runs}`);
    this.line.start();
    return this.#send('open', this.kind.seconds.open, { runId, ...options }, ...more) as ReturnType<
      A['open']
    >;
  }

  /** Calls a method of the worker for the run that is open. */
  call<K extends RunCall<A>>(name: K, ...rest: Rest<A[K]>): Answer<A[K]> {
    const seconds = this.kind.seconds[name] ?? this.kind.seconds.call;
    return this.#send(name, seconds, this.#runId, ...rest) as Answer<A[K]>;
  }

  /** Nothing is heard any more of the run that is open. */
  protected forget(): void {
    this.#runId = '';
  }

  /** Ends the worker, if there is one. */
  stop(): void {
    this.line.stop();
  }

  #send(name: keyof A, seconds: number, ...all: unknown[]): Promise<Reply<unknown>> {
    return this.line.ask(Math.max(seconds, this.leastSeconds), (api) => {
      const methods = api as unknown as Record<keyof A, (...all: unknown[]) => Promise<Reply<unknown>>>;
      return methods[name](...all);
    });
  }
}

/** A worker's `subscribe` across its port. */
interface Subscribed {
  subscribe(listener: unknown, build: string): Promise<void>;
}
