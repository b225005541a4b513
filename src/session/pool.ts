/**
 * Many runs on a few workers, each to its end, in the order given. A run that fails is over; the others go on. Stopping
 * lets every worker finish the slice that it is at and keeps what it has; going on continues from there.
 */
import type { ErrorData } from '../base/errors.ts';
import type { OpenOptions } from './trainer-handle.ts';
import { TrainerHandle, type HandleListener } from './trainer-handle.ts';
import type { TrainerEvent } from './protocol.ts';

/** What the pool needs of a handle; tests give another. */
export type PoolHandle = Pick<TrainerHandle, 'open' | 'call' | 'stop'>;

export interface PoolListener<J> {
  event(job: J, event: TrainerEvent): void;
  /** All steps of the job are made, or it failed. */
  over(job: J, error: ErrorData | null): void;
  /** Every job is over. */
  empty(): void;
}

interface Hand<J> {
  handle: PoolHandle;
  job: J | null;
  /** A run is open, so that it can be paused and go on. */
  open: boolean;
  finish: (error: ErrorData | null) => void;
}

interface Gate {
  passed: Promise<void>;
  release: () => void;
}

export class RunPool<J extends { recipe: unknown }> {
  readonly #hands: Hand<J>[];
  readonly #waiting: J[];
  #gate: Gate | null = null;
  #closed = false;
  #working = 0;

  constructor(
    jobs: readonly J[],
    workers: number,
    private readonly where: Omit<OpenOptions, 'recipe'>,
    private readonly listener: PoolListener<J>,
    makeHandle: (listener: HandleListener) => PoolHandle = (heard) => new TrainerHandle(heard),
  ) {
    this.#waiting = [...jobs];
    this.#hands = Array.from({ length: Math.max(1, Math.min(workers, jobs.length)) }, () => {
      const hand: Hand<J> = {
        handle: makeHandle({
          event: (event) => this.#hear(hand, event),
          died: (error) => hand.finish(error),
        }),
        job: null,
        open: false,
        finish: () => undefined,
      };
      return hand;
    });
  }

  get workers(): number {
    return this.#hands.length;
  }

  start(): void {
    this.#working = this.#hands.length;
    for (const hand of this.#hands) void this.#work(hand);
  }

  stop(): void {
    if (this.#gate) return;
    let release = (): void => undefined;
    const passed = new Promise<void>((resolve) => (release = resolve));
    this.#gate = { passed, release };
    this.#tell('pause');
  }

  goOn(): void {
    this.#gate?.release();
    this.#gate = null;
    this.#tell('train');
  }

  /** Ends all workers; nothing is reported from now on. */
  close(): void {
    this.#closed = true;
    this.#gate?.release();
    for (const { handle } of this.#hands) handle.stop();
  }

  #tell(what: 'pause' | 'train'): void {
    for (const { handle, open } of this.#hands) if (open) void handle.call(what);
  }

  #hear(hand: Hand<J>, event: TrainerEvent): void {
    if (this.#closed || !hand.job) return;
    this.listener.event(hand.job, event);
    if (event.kind === 'failed') hand.finish(event.error);
    if (event.kind === 'progress' && event.progress.phase === 'finished') hand.finish(null);
  }

  async #work(hand: Hand<J>): Promise<void> {
    while (!this.#closed) {
      await this.#gate?.passed;
      const job = this.#waiting.shift();
      if (!job) break;
      hand.job = job;
      const error = await this.#run(hand, job);
      hand.open = false;
      hand.job = null;
      if (!this.#closed) this.listener.over(job, error);
    }
    hand.handle.stop();
    if (--this.#working === 0 && !this.#closed) this.listener.empty();
  }

  async #run(hand: Hand<J>, { recipe }: J): Promise<ErrorData | null> {
    const finished = new Promise<ErrorData | null>((resolve) => (hand.finish = resolve));
    const opened = await hand.handle.open({ ...this.where, recipe });
    if (!opened.ok) return opened.error;
    while (this.#gate) await this.#gate.passed;
    if (this.#closed) return null;
    hand.open = true;
    const trained = await hand.handle.call('train');
    return trained.ok ? finished : trained.error;
  }
}
