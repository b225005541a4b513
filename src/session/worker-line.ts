/**
 * One worker from its start to its end, as the page holds it: greeted first, every call with a deadline, dead or late ones
 * ended. Nothing here throws: every answer is a Reply.
 */
import { wrap, type Remote } from 'comlink';
import { DeadlineError, errorToData, StateError, type ErrorData } from '../base/errors.ts';
import { workerAddress } from '../base/trusted.ts';
import type { Reply } from './protocol.ts';

/** What is said of a worker, as parts of sentences. */
export interface WorkerWords {
  /** `The trainer's worker`. */
  who: string;
  /** What helps when it has died or is late, as a sentence. */
  cure: string;
  /** Where there is none to be asked. */
  none: string;
  /** In place of "did not answer within". */
  late?(seconds: number): string;
}

export interface WorkerKind<A> {
  /** Address of its program, from `?worker&url`. */
  address: string;
  /** Its name; the trainer's program trains what that says. */
  name: string;
  words: WorkerWords;
  greetSeconds: number;
  /** The first thing that is said to it: the build of the page, and who listens. `isLive`: it was not ended since. */
  greet(api: Remote<A>, isLive: () => boolean): Promise<void>;
}

interface Live<A> {
  worker: Worker;
  api: Remote<A>;
  /** Rejects when it refuses the page, dies, or is late. */
  greeted: Promise<void>;
  isGreeted: boolean;
  /** Rejects when the worker ends, so that no call waits for it. */
  over: Promise<never>;
  end(error: Error): void;
}

export class WorkerLine<A> {
  #live: Live<A> | null = null;

  constructor(
    private readonly kind: WorkerKind<A>,
    /** It crashed or stopped answering; the next `start` starts another. One that could not be greeted is told by the reply alone. */
    private readonly died: (error: ErrorData) => void = () => undefined,
  ) {}

  /** Starts the worker, unless there is one. */
  start(): void {
    this.#live ??= this.#start();
  }

  /** Ends the worker, if there is one; calls that wait for it are answered with that. */
  stop(): void {
    this.#end(this.#live, new StateError(`${this.kind.words.who} was ended.`));
  }

  /** `alive` grants the call its whole time anew. */
  async ask<T>(
    seconds: number,
    send: (api: Remote<A>, alive: () => void) => Promise<Reply<T>>,
  ): Promise<Reply<T>> {
    const live = this.#live;
    if (!live) return { ok: false, error: errorToData(new StateError(this.kind.words.none)) };
    try {
      await live.greeted;
      return await within(seconds, this.#late(seconds), live.over, (alive) => send(live.api, alive));
    } catch (error) {
      if (error instanceof DeadlineError) this.#bury(live, error);
      return { ok: false, error: errorToData(error) };
    }
  }

  #late(seconds: number): string {
    const { who, cure, late } = this.kind.words;
    return late?.(seconds) ?? `${who} did not answer within ${seconds} s. ${cure}`;
  }

  #start(): Live<A> {
    const { address, name, words, greet, greetSeconds } = this.kind;
    const worker = new Worker(workerAddress(address), { type: 'module', name });
    const api = wrap<A>(worker);
    let end: (error: Error) => void = () => undefined;
    const over = new Promise<never>((_, reject) => (end = reject));
    over.catch(() => undefined); // it may end while nobody waits
    const isLive = (): boolean => this.#live === live;
    const greeted = within(greetSeconds, this.#late(greetSeconds), over, () => greet(api, isLive));
    const live: Live<A> = { worker, api, greeted, isGreeted: false, over, end };
    greeted.then(
      () => (live.isGreeted = true),
      (error: Error) => this.#end(live, error),
    );
    const die = (what: string): void => this.#bury(live, new StateError(`${what} ${words.cure}`));
    worker.addEventListener('error', ({ message }) =>
      die(`${words.who} stopped: ${message || 'it could not be loaded'}.`),
    );
    worker.addEventListener('messageerror', () => die(`${words.who} said something that could not be read.`));
    return live;
  }

  #bury(live: Live<A>, error: Error): void {
    if (this.#live !== live) return;
    this.#end(live, error);
    if (live.isGreeted) this.died(errorToData(error));
  }

  #end(live: Live<A> | null, error: Error): void {
    live?.worker.terminate();
    live?.end(error);
    if (this.#live === live) this.#live = null;
  }
}

async function within<T>(
  seconds: number,
  late: string,
  over: Promise<never>,
  work: (alive: () => void) => Promise<T>,
): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isDone = false;
  let fail: (error: Error) => void;
  const deadline = new Promise<never>((_, reject) => (fail = reject));
  const alive = (): void => {
    clearTimeout(timer);
    if (!isDone) timer = setTimeout(() => fail(new DeadlineError(late)), seconds * 1000);
  };
  alive();
  try {
    return await Promise.race([work(alive), over, deadline]);
  } finally {
    isDone = true;
    clearTimeout(timer);
  }
}
