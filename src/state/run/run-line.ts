/** The line from the page to the worker that trains. What runs the worker loads with the first run that is opened. */
import type { ErrorData } from '../../base/errors.ts';
import type { HandleListener, OpenOptions, TrainerHandle } from '../../session/trainer-handle.ts';
import type { BackendReport, Reply } from '../../session/protocol.ts';

type Call = TrainerHandle['call'];

export interface LineEnds extends HandleListener {
  /** Resolves when the run that is being opened is open: true; false where there is none. */
  ready(): Promise<boolean>;
  /** The worker says no, as a sentence. */
  refused(why: string): void;
}

export class RunLine {
  #handle: TrainerHandle | null = null;
  #creating: Promise<TrainerHandle> | null = null;

  constructor(private readonly ends: LineEnds) {}

  ready(): Promise<boolean> {
    return this.ends.ready();
  }

  /** Rejects where the program could not be loaded; the next call tries again. */
  async load(): Promise<void> {
    try {
      this.#creating ??= this.#create();
      this.#handle = await this.#creating;
    } catch (error) {
      this.#creating = null;
      throw error;
    }
  }

  async #create(): Promise<TrainerHandle> {
    const { TrainerHandle } = await import('../../session/trainer-handle.ts');
    return new TrainerHandle(this.ends);
  }

  async open(options: OpenOptions): Promise<Reply<BackendReport>> {
    return this.#handle?.open(options) ?? NO_RUN;
  }

  /** Asks the worker about the run that is open. */
  readonly call: Call = (name, ...rest) =>
    this.#handle?.call(name, ...rest) ?? (Promise.resolve(NO_RUN) as ReturnType<Call>);

  /** The same; an answer that says no is shown to the visitor. */
  readonly ask: Call = (name, ...rest) => {
    const handle = this.#handle;
    const asked = this.call(name, ...rest);
    void asked.then((reply) => {
      // what was asked of a worker that the page itself has ended is nobody's any more
      if (!reply.ok && this.#handle === handle) this.ends.refused(reply.error.message);
    });
    return asked;
  };

  /** Ends the worker; the next `load` starts another. */
  end(): void {
    this.#handle?.stop();
    this.#handle = null;
    this.#creating = null;
  }
}

const NO_RUN: { ok: false; error: ErrorData } = {
  ok: false,
  error: { name: 'StateError', message: 'No run is open. Reset opens one.' },
};
