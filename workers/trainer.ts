/** The trainer worker: gives the trainer what a worker has, and puts it on the port. Its name says what it trains. */
import * as Comlink from 'comlink';
import { ofThisBuild } from '../src/base/build.ts';
import { CheckpointError } from '../src/base/errors.ts';
import { KERNELS, openDevice } from '../src/engine/open.ts';
import { CHECKPOINT_FILES, readCheckpoint } from '../src/models/checkpoint/index.ts';
import { createDeviceBench } from '../src/session/device-bench.ts';
import { createKeeper, type Keeper } from '../src/session/keeper.ts';
import { createRaceTrainer } from '../src/session/race-trainer.ts';
import { createRewardTrainer } from '../src/session/reward-trainer.ts';
import type { TrainerSurroundings } from '../src/session/open-session.ts';
import { createTeacher } from '../src/session/teacher.ts';
import { createTrainer } from '../src/session/trainer.ts';
import { browserStorage } from '../src/storage/database.ts';
import { openStorage } from '../src/storage/storage.ts';

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

let keeper: Promise<Keeper> | null = null;

const around: TrainerSurroundings = {
  openDevice: (backend) => openDevice(backend, { wasm: () => bytesOf(KERNELS), gpu: navigator.gpu }),
  loadBase: async (site, world, size) => {
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
    (keeper ??= openStorage(browserStorage).then((storage) => createKeeper(storage, () => Date.now()))),
};

const trainers: Record<string, (around: TrainerSurroundings) => object> = {
  device: (device) => createDeviceBench(device),
  race: createRaceTrainer,
  reward: createRewardTrainer,
  teacher: createTeacher,
};
Comlink.expose((trainers[self.name] ?? createTrainer)(around));
