/** The page's side of a measurement. Each has a worker of its own, so that Stop ends it at once, whatever it waits for. */
import { proxy } from 'comlink';
import trainerAddress from '../../workers/trainer.ts?worker&url';
import { BUILD } from '../base/build.ts';
import type { BackendMeasure, DeviceApi, DeviceProgress } from './device-protocol.ts';
import type { Reply } from './protocol.ts';
import { WorkerLine } from './worker-line.ts';

/** Generous: a software adapter compiles for a minute where processors are few. */
const SECONDS = 300;

export interface Measurement {
  /** Never rejects. Of a stopped one it is not ok. */
  result: Promise<Reply<BackendMeasure[]>>;
  stop(): void;
}

export function measureDevice(heard: (progress: DeviceProgress) => void): Measurement {
  const line = new WorkerLine<DeviceApi>({
    address: trainerAddress,
    name: 'device',
    words: {
      who: 'The worker that measures',
      cure: 'Reload the page and try again.',
      none: 'The measurement was stopped.',
      late: (seconds) => `The measurement was not through after ${seconds} s.`,
    },
    greetSeconds: SECONDS,
    greet: async (api, isLive) => {
      const listen = (progress: DeviceProgress): void => {
        if (isLive()) heard(progress);
      };
      await api.subscribe(proxy(listen), BUILD);
    },
  });
  line.start();
  const measured = line.ask<BackendMeasure[]>(SECONDS, (api) => api.measure());
  const stop = (): void => line.stop();
  return { result: measured.finally(stop), stop };
}
