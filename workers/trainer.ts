/**
 * The trainer worker: gives what trains what a worker has, and puts it on the port. Its name says what it trains; only that
 * is loaded, and of the rest what is needed when it is.
 */
import * as Comlink from 'comlink';
import { ofThisBuild } from '../src/base/build.ts';
import { CheckpointError, StateError } from '../src/base/errors.ts';
import { KERNELS, openDevice } from '../src/engine/open.ts';
import type { Keeper } from '../src/session/keeper.ts';
import { later } from '../src/session/later.ts';
import type { PolicyTrainerHost } from '../src/session/open-session.ts';

async function bytesOf(url: string | URL): Promise<Uint8Array<ArrayBuffer>> {
  const response = await fetch(url);
  if (!response.ok) {
    throw new CheckpointError(
      `${url} answered ${response.status}. Reload the page; if it stays, the site is incomplete.`,
    );
  }
  return new Uint8Array(await response.arrayBuffer());
}

/** A turn of the message queue: setTimeout would wait 4 ms and more, and longer in hidden tabs. */
const channel = new MessageChannel();
let heard: () => void = () => undefined;
channel.port1.onmessage = () => heard();

async function openKeeper(): Promise<Keeper> {
  const [{ createKeeper }, { openStorage }, { browserStorage }] = await Promise.all([
    import('../src/session/keeper.ts'),
    import('../src/storage/storage.ts'),
    import('../src/storage/database.ts'),
  ]);
  return createKeeper(await openStorage(browserStorage), () => Date.now());
}
let keeper: Promise<Keeper> | null = null;

const host: PolicyTrainerHost = {
  openDevice: (backend) => openDevice(backend, { wasm: () => bytesOf(KERNELS), gpu: navigator.gpu }),
  loadBase: async (site, world, size) => {
    const { CHECKPOINT_FILES, readCheckpoint } = await import('../src/models/checkpoint/index.ts');
    const files = await Promise.all(
      CHECKPOINT_FILES.map(
        async (name) =>
          [name, await bytesOf(ofThisBuild(new URL(`models/${world}-${size}/${name}`, site)))] as const,
      ),
    );
    return readCheckpoint(Object.fromEntries(files));
  },
  now: () => performance.now(),
  pause: () =>
    new Promise((resolve) => {
      heard = resolve;
      channel.port2.postMessage(null);
    }),
  openKeeper: () =>
    (keeper ??= openKeeper().catch((error: unknown) => {
      keeper = null; // what could not be loaded is asked for again
      throw error;
    })),
};

const kinds: Record<string, () => Promise<object>> = {
  trainer: () => import('../src/session/trainer.ts').then((kind) => kind.createTrainer(host)),
  race: () => import('../src/session/race-trainer.ts').then((kind) => kind.createRaceTrainer(host)),
  reward: () => import('../src/session/reward-trainer.ts').then((kind) => kind.createRewardTrainer(host)),
  teacher: () => import('../src/session/teacher.ts').then((kind) => kind.createTeacher(host)),
  device: () => import('../src/session/device-bench.ts').then((kind) => kind.createDeviceBench(host)),
};

const load = kinds[self.name];
if (!load) throw new StateError(`Nothing that trains is called ${self.name}.`);
Comlink.expose(later(load()));
