/** A DPO training step of the micro model, built as the runner builds it: agreement with the reference, and its time. */
import { stream } from '../src/base/random.ts';
import type { Device, Feeds, Outputs } from '../src/engine/backend.ts';
import { checkedObjective } from '../src/objectives/check.ts';
import { DATA, offlineProgram } from '../src/training/offline.ts';
import { ADAMW } from '../src/training/optimiser.ts';
import type { LmSize } from '../src/models/lm/config.ts';
import { lmConfig } from '../src/models/lm/config.ts';
import { initialParameters } from '../src/models/lm/initialise.ts';
import { GENERATED, generateProgram, POLICY, POSITION } from '../src/models/lm/programs.ts';
import { objective } from '../src/objectives/sigmoid.ts';

interface StepSize {
  model: LmSize;
  vocabulary: number;
  batch: number;
  length: number;
}

const VALUES: Record<string, number> = { beta: 0.1 };
const SETTINGS = {
  lr: 1e-3,
  warmup_steps: 0,
  adam_beta1: 0.9,
  adam_beta2: 0.999,
  adam_epsilon: 1e-8,
  weight_decay: 0,
  max_grad_norm: 1,
};

/** Loads the program and made-up data; returns the milliseconds that `load` took. */
export async function loadStep(
  device: Device,
  { model, vocabulary, batch, length }: StepSize,
): Promise<number> {
  const config = lmConfig(model, vocabulary, length);
  const pairs = batch;
  const program = offlineProgram({ config, pairs, batch, length }, checkedObjective(objective));
  const start = performance.now();
  await device.load({ train: program });
  const milliseconds = performance.now() - start;
  const random = stream(1, 'gpu-check');
  const words = (): number[] => Array.from({ length: 2 * pairs * length }, () => random.integer(vocabulary));
  device.write(DATA.tokens, words());
  device.write(DATA.targets, words());
  device.write(
    DATA.mask,
    words().map((_, i) => (i % length > 2 ? 1 : 0)),
  );
  device.write(
    DATA.reference,
    words().map(() => -6 - random.uniform()),
  );
  device.write(POLICY, initialParameters(config, 3));
  for (const state of ADAMW.states)
    device.write(state, new Float32Array(initialParameters(config, 3).length));
  return milliseconds;
}

function stepFeeds({ batch }: StepSize, step: number): Feeds {
  const parameters = Object.entries(VALUES).map(([name, value]) => [`parameter.${name}`, [value]]);
  const rows = Array.from({ length: 2 * batch }, (_, i) => i);
  return { rows, ...ADAMW.feeds(SETTINGS, step), ...Object.fromEntries(parameters) };
}

export function runSteps(device: Device, size: StepSize, first: number, count: number): Promise<Outputs[]> {
  return device.run(
    'train',
    Array.from({ length: count }, (_, i) => stepFeeds(size, first + i)),
  );
}

const TINY: StepSize = { model: 'nano', vocabulary: 37, batch: 3, length: 7 };
const MICRO: StepSize = { model: 'micro', vocabulary: 430, batch: 16, length: 32 };

/** The largest relative difference of loss and chosen log-probs over a few steps of a small model. */
export async function compareSteps(device: Device, reference: Device): Promise<number> {
  const runs: number[][] = [];
  for (const one of [device, reference]) {
    await loadStep(one, TINY);
    const outputs = await runSteps(one, TINY, 1, 6);
    runs.push(outputs.flatMap((o) => [...o['loss']!, ...o['logp_w']!, ...o['grad_norm']!]));
  }
  const [got, want] = runs as [number[], number[]];
  return want.reduce((worst, w, i) => Math.max(worst, Math.abs(got[i]! - w) / (Math.abs(w) + 1e-3)), 0);
}

export interface StepTimes {
  loadMs: number;
  firstStepMs: number;
  /** By how many steps went into one submit. */
  stepsPerSecond: Record<string, number>;
}

/** Times the micro step; each group size gets about `seconds`. */
export async function timeSteps(device: Device, seconds: number): Promise<StepTimes> {
  const loadMs = await loadStep(device, MICRO);
  const start = performance.now();
  await runSteps(device, MICRO, 1, 1);
  const firstStepMs = performance.now() - start;
  const stepsPerSecond: Record<string, number> = {};
  for (const group of [1, 4, 16, 64]) {
    if (group > 1 && group * firstStepMs > 5000 * seconds) break;
    const rates: number[] = [];
    const end = performance.now() + 1000 * seconds;
    while (performance.now() < end || rates.length === 0) {
      const from = performance.now();
      // two submits in flight, as a trainer has them
      await Promise.all([runSteps(device, MICRO, 2, group), runSteps(device, MICRO, 2, group)]);
      rates.push((2000 * group) / (performance.now() - from));
    }
    stepsPerSecond[`${group}`] = rates.sort((a, b) => b - a)[Math.floor(rates.length / 4)]!;
  }
  return { loadMs, firstStepMs, stepsPerSecond };
}

/** Milliseconds to sample `rows` reviews of 32 words at once, all positions in one submit; compilation apart. */
export async function timeGeneration(
  device: Device,
  rows: number,
): Promise<{ loadMs: number; milliseconds: number }> {
  const config = lmConfig('micro', MICRO.vocabulary, 32);
  const program = generateProgram(config, POLICY, rows, { eos: 1, pad: 0 });
  const start = performance.now();
  await device.load({ generate: program });
  const loadMs = performance.now() - start;
  device.write(POLICY, initialParameters(config, 3));
  const lengths = new Array<number>(rows).fill(2);
  const feeds = { stream: lengths.map((_, i) => i), key: [1, 2], prompt_length: lengths, temperature: [1] };
  const times: number[] = [];
  for (let i = 0; i < 3; i++) {
    device.write(GENERATED, new Int32Array(rows * config.context).fill(5));
    device.write(POSITION, [0]);
    const from = performance.now();
    await device.run('generate', new Array(config.context - 1).fill(feeds));
    await device.read(GENERATED);
    times.push(performance.now() - from);
  }
  return { loadMs, milliseconds: Math.min(...times) };
}
