/** Measures the backends of the device that it runs on: gradients against float64, products, training, generation. */
import { errorToData } from '../base/errors.ts';
import type { Device, Values } from '../engine/backend.ts';
import { ADAMW } from '../training/optimiser.ts';
import type { Devices } from './backends.ts';
import { compareGradients, nanoGradient } from './device-gradient.ts';
import {
  generate,
  generationProgram,
  matmulPrograms,
  runMatmul,
  stepFeeds,
  trainProgram,
  writeMatmul,
  writeWorkload,
} from './device-programs.ts';
import type { BackendMeasure, DeviceApi, DeviceProgress } from './device-protocol.ts';
import type { Clock } from './device-timing.ts';
import { measureRate } from './device-timing.ts';
import { MATMULS, OPTIMISER, workload } from './device-workload.ts';
import { refuseAnotherBuild } from './same-build.ts';

/** Seconds that slices are taken for: each product, training, generation. */
export interface Budget {
  kernel: number;
  training: number;
  generation: number;
}
const BUDGET: Budget = { kernel: 0.2, training: 2, generation: 0.8 };

const NAMES = { wasm: 'WASM', webgpu: 'WebGPU' } as const;
const BACKENDS = ['wasm', 'webgpu'] as const;
/** Of one backend: gradients, products, training, generation. */
const PARTS = 3 + MATMULS.length;

export function createDeviceBench(host: Devices & Clock, budget = BUDGET): DeviceApi {
  let listener: (progress: DeviceProgress) => void = () => undefined;

  const measure = async (): Promise<BackendMeasure[]> => {
    const measures: BackendMeasure[] = [];
    let parts = 0;
    const tell = (doing: string): void =>
      listener({ done: parts++ / (1 + BACKENDS.length * PARTS), doing, measures });
    tell('Gradients by the float64 reference');
    const expected = await referenceGradient(host);
    for (const [i, backend] of BACKENDS.entries()) {
      parts = 1 + i * PARTS;
      const one: BackendMeasure = nothingYet(backend);
      measures.push(one);
      let device: Device | null = null;
      try {
        device = await host.openDevice(backend);
        one.description = device.info.description;
        one.software = device.info.software;
        await measureBackend(device, one, expected, host, budget, (what) =>
          tell(`${NAMES[backend]}: ${what}`),
        );
      } catch (error) {
        one.problem = errorToData(error).message;
      } finally {
        device?.dispose();
      }
    }
    return measures;
  };

  return {
    subscribe: (next, build) => {
      refuseAnotherBuild(build);
      listener = next;
    },
    measure: async () => {
      try {
        return { ok: true, value: await measure() };
      } catch (error) {
        return { ok: false, error: errorToData(error) };
      }
    },
  };
}

const nothingYet = (backend: BackendMeasure['backend']): BackendMeasure => ({
  backend,
  description: null,
  software: false,
  problem: null,
  gradient: null,
  kernels: [],
  firstStepMs: null,
  training: null,
  generation: null,
});

async function referenceGradient(host: Devices): Promise<Values> {
  const reference = await host.openDevice('reference');
  try {
    return await nanoGradient(reference);
  } finally {
    reference.dispose();
  }
}

async function measureBackend(
  device: Device,
  one: BackendMeasure,
  expected: Values,
  clock: Clock,
  budget: Budget,
  tell: (what: string) => void,
): Promise<void> {
  tell('gradients');
  one.gradient = compareGradients(one.backend, await nanoGradient(device), expected);

  tell('training');
  let step = 0;
  // A learning rate of 0 runs the same kernels while the parameters hold still: every slice computes the same numbers.
  const steps = (count: number): Promise<unknown> =>
    device.run(
      'train',
      Array.from({ length: count }, () => stepFeeds(ADAMW.feeds({ ...OPTIMISER, lr: 0 }, ++step))),
    );
  const work = workload();
  const start = clock.now();
  await device.load({ train: trainProgram() });
  writeWorkload(device, work);
  await steps(1);
  one.firstStepMs = clock.now() - start;
  one.training = (await measureRate(steps, budget.training, clock)) ?? 'coarse clock';

  tell('generation');
  await device.load({ generate: generationProgram(), ...matmulPrograms(MATMULS) });
  const passes = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i++) await generate(device, 'generate');
  };
  one.generation = (await measureRate(passes, budget.generation, clock)) ?? 'coarse clock';

  for (const size of MATMULS) {
    tell(`product ${size.m} × ${size.k} × ${size.n}`);
    writeMatmul(device, size);
    const rate = await measureRate((count) => runMatmul(device, size, count), budget.kernel, clock);
    one.kernels.push({ size, rate });
  }
}
