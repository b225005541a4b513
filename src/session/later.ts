/** What a worker answers to, before it has loaded: messages that come meanwhile wait for it, in their order. */
import { StateError } from '../base/errors.ts';

type Method = (...all: readonly unknown[]) => unknown;

/** Answers to every method that `loading` will have. What cannot be loaded is the answer to all of them. */
export function later(loading: Promise<object>): object {
  const loaded = loading.catch((error: unknown) => {
    const what = error instanceof Error ? error.message : String(error);
    throw new StateError(
      `A part of this site could not be loaded (${what}). Check the connection, then try again.`,
    );
  });
  loaded.catch(() => undefined); // told to whoever asks, which may be nobody yet
  const asked =
    (name: string): Method =>
    async (...all) => {
      const api = (await loaded) as Record<string, Method>;
      return api[name]?.(...all);
    };
  return new Proxy({}, { get: (_, name) => (typeof name === 'string' ? asked(name) : undefined) });
}
