/**
 * The page's side of the worker for models from outside. Each file has a worker of its own, and one that is late is ended: a
 * model of a stranger may never come to an end.
 */
import { transfer, type Remote } from 'comlink';
import frozenAddress from '../../workers/frozen.ts?worker&url';
import { BUILD } from '../base/build.ts';
import type { ErrorData } from '../base/errors.ts';
import type { FrozenApi } from './frozen-protocol.ts';
import type { Reply } from './protocol.ts';
import { WorkerLine } from './worker-line.ts';

type Call = Exclude<keyof FrozenApi, 'greet' | 'inspect'>;

/** The runtime has 4 MB to download, and a slow processor takes long for a large model. */
const SECONDS: Readonly<Record<keyof FrozenApi, number>> = {
  greet: 60,
  inspect: 60,
  open: 300,
  scores: 180,
  logps: 180,
  measure: 180,
  sample: 300,
};
const AGAIN = 'Choose the file again; a smaller model may do.';

export class FrozenHandle {
  readonly #line: WorkerLine<FrozenApi>;

  /** `died`: the worker crashed or was late; the model is gone. */
  constructor(died: (error: ErrorData) => void) {
    this.#line = new WorkerLine(
      {
        address: frozenAddress,
        name: 'frozen',
        words: { who: 'The model’s worker', cure: AGAIN, none: `No model is open. ${AGAIN}` },
        greetSeconds: SECONDS.greet,
        greet: (api) => api.greet(BUILD),
      },
      died,
    );
  }

  /** Looks into a file, in a worker of its own; the bytes move there. */
  inspect(bytes: Uint8Array<ArrayBuffer>): ReturnType<FrozenApi['inspect']> {
    this.#line.stop();
    this.#line.start();
    return this.#line.ask(SECONDS.inspect, (api) => api.inspect(transfer(bytes, [bytes.buffer])));
  }

  call<K extends Call>(name: K, ...rest: Parameters<FrozenApi[K]>): ReturnType<FrozenApi[K]> {
    const send = (api: Remote<FrozenApi>): Promise<Reply<unknown>> => {
      const method = api[name] as (...all: unknown[]) => Promise<Reply<unknown>>;
      return method(...rest);
    };
    return this.#line.ask(SECONDS[name], send) as ReturnType<FrozenApi[K]>;
  }

  /** Ends the worker, if there is one, and the model with it. */
  stop(): void {
    this.#line.stop();
  }
}
