/** The page's side of a measurement. Each has a worker of its own, so that Stop ends it at once, whatever it waits for. */
import { proxy, wrap } from 'comlink';
import { BUILD } from '../base/build.ts';
import { DeadlineError, errorToData, StateError } from '../base/errors.ts';
import type { BackendMeasure, DeviceApi, DeviceProgress } from './device-protocol.ts';
import { startDeviceWorker, within } from './handle.ts';
import type { Reply } from './protocol.ts';

/** Generous: a software adapter compiles for a minute where processors are few. */
const SECONDS = 300;

export interface Measurement {
  /** Never rejects. Of a stopped one it is not ok. */
  result: Promise<Reply<BackendMeasure[]>>;
  stop(): void;
}

export function measureDevice(heard: (progress: DeviceProgress) => void): Measurement {
  const worker = startDeviceWorker();
  let end: (error: Error) => void = () => undefined;
  let ended = false;
  const death = new Promise<never>((_, reject) => (end = reject));
  death.catch(() => undefined); // it may die while nobody waits
  worker.addEventListener('error', ({ message }) =>
    end(
      new Error(
        `The worker that measures stopped: ${message || 'it could not be loaded'}. Reload the page and try again.`,
      ),
    ),
  );
  worker.addEventListener('messageerror', () =>
    end(new Error('A message of the worker that measures could not be read. Try again.')),
  );
  const api = wrap<DeviceApi>(worker);
  const ask = async (): Promise<Reply<BackendMeasure[]>> => {
    try {
      const listen = (progress: DeviceProgress): void => {
        if (!ended) heard(progress);
      };
      await within(SECONDS, api.subscribe(proxy(listen), BUILD), death);
      const measured: Promise<Reply<BackendMeasure[]>> = api.measure();
      return await within(SECONDS, measured, death);
    } catch (error) {
      const late = error instanceof DeadlineError;
      const told = late ? new DeadlineError(`The measurement was not through after ${SECONDS} s.`) : error;
      return { ok: false, error: errorToData(told) };
    } finally {
      ended = true;
      worker.terminate();
    }
  };
  return {
    result: ask(),
    stop: () => {
      ended = true;
      worker.terminate();
      end(new StateError('The measurement was stopped.'));
    },
  };
}
