/** How a worker answers: what went wrong crosses the port as data, and what touches one device takes its turn. */
import { errorToData } from '../base/errors.ts';
import type { Reply } from './protocol.ts';

export async function reply<T>(work: () => Promise<T> | T): Promise<Reply<T>> {
  try {
    return { ok: true, value: await work() };
  } catch (error) {
    return { ok: false, error: errorToData(error) };
  }
}

export type Turns = <T>(work: () => Promise<T>) => Promise<T>;

/** Runs what it is given one after the other, in the order of the calls, also past what fails. */
export function createTurns(): Turns {
  let turn: Promise<unknown> = Promise.resolve();
  return (work) => {
    const mine = turn.then(work);
    turn = mine.catch(() => undefined);
    return mine;
  };
}
