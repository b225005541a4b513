/**
 * What stands behind a worker's port: one thing is open at a time. Everything that touches a device takes its turn, so that a
 * command never meets a step half done.
 */
import { StateError } from '../base/errors.ts';
import type { Reply } from './protocol.ts';
import { createTurns, reply, type Turns } from './reply.ts';
import { refuseAnotherBuild } from './same-build.ts';
import type { Slices } from './slices.ts';

export interface Opened {
  readonly runId: string;
  readonly slices: Slices;
  /** Gives back what it holds; called in a turn, once. */
  close(): void;
}

export interface Port<O extends Opened, E> {
  readonly inTurn: Turns;
  emit(event: E): void;
  subscribe(listener: (event: E) => void, build: string): void;
  /** In place of what was open, which is closed first. Of several that wait their turn only the last asked for is opened. */
  open<T>(runId: string, make: () => Promise<{ opened: O | null; answer: T }>): Promise<Reply<T>>;
  /** What `runId` is asked at once; refused where it is not open. */
  ask<T>(runId: string, work: (open: O) => Promise<T> | T): Promise<Reply<T>>;
  /** The same in its turn, done again where a lost device has been replaced. */
  command<T>(runId: string, work: (open: O) => Promise<T>): Promise<Reply<T>>;
  close(): Promise<void>;
}

/** `gone`: what is said to commands for what is not open, as a sentence. */
export function createPort<O extends Opened, E>(gone: string): Port<O, E> {
  const inTurn = createTurns();
  let listener: (event: E) => void = () => undefined;
  let asked = '';
  let open: O | null = null;

  const close = (): void => {
    open?.slices.close();
    open?.close();
    open = null;
  };

  const opened = (runId: string): O => {
    if (open?.runId !== runId) throw new StateError(gone);
    return open;
  };

  return {
    inTurn,
    emit: (event) => listener(event),
    subscribe: (next, build) => {
      refuseAnotherBuild(build);
      listener = next;
    },
    open: (runId, make) => {
      asked = runId;
      return reply(() =>
        inTurn(async () => {
          if (asked !== runId) throw new StateError('another run was asked for meanwhile.');
          close();
          const made = await make();
          open = made.opened;
          return made.answer;
        }),
      );
    },
    ask: (runId, work) => reply(() => work(opened(runId))),
    command: (runId, work) =>
      reply(() =>
        inTurn(() => {
          const one = opened(runId);
          return one.slices.healed(() => work(one));
        }),
      ),
    close: () => inTurn(() => Promise.resolve(close())),
  };
}
