/**
 * Whether a device trains rightly: the gradient of a DPO step of the nano model there against the float64 reference. The program is
 * the one that trains; with AdamW's first beta at 0 and nothing clipped, its first moment after a step is the gradient.
 */
import { stream } from '../base/random.ts';
import type { BackendName, Device, Values } from '../engine/backend.ts';
import { sizeOf } from '../engine/types.ts';
import { batchRows, DATA, offlineProgram } from '../training/offline.ts';
import { ADAMW } from '../training/optimiser.ts';
import { lmConfig, lmParameters } from '../models/lm/config.ts';
import { initialParameters } from '../models/lm/initialise.ts';
import { POLICY } from '../models/lm/programs.ts';
import { checkedObjective } from '../objectives/check.ts';
import { objective } from '../objectives/sigmoid.ts';

/**
 * Largest error allowed, as a share of the largest slope of the same parameter. WGSL allows exp and log several units in
 * the last place more than the kernels of WASM take.
 */
export const GRADIENT_TOLERANCE: Readonly<Record<BackendName, number>> = {
  reference: 1e-12,
  wasm: 1e-5,
  webgpu: 1e-4,
};

export interface GradientReport {
  /** Of all parameters, the largest error as a share of the largest slope of the same parameter; NaN where a slope is none. */
  largest: number;
  /** The parameter that it belongs to. */
  at: string;
  /** How many slopes were compared. */
  slopes: number;
  tolerance: number;
  passes: boolean;
}

const PAIRS = 4;
const LENGTH = 12;
const VOCABULARY = 64;
const CONFIG = lmConfig('nano', VOCABULARY, LENGTH);
const SETTINGS = {
  lr: 0,
  warmup_steps: 0,
  adam_beta1: 0,
  adam_beta2: 0.999,
  adam_epsilon: 1e-8,
  weight_decay: 0,
  max_grad_norm: 1e6,
};

/** The flat gradient [P] by this device; its programs are replaced. */
export async function nanoGradient(device: Device): Promise<Values> {
  const shape = { config: CONFIG, pairs: PAIRS, batch: PAIRS, length: LENGTH };
  await device.load({ step: offlineProgram(shape, checkedObjective(objective)) });
  const random = stream(1, 'device-gradient');
  const each = (value: (i: number) => number): number[] =>
    Array.from({ length: 2 * PAIRS * LENGTH }, (_, i) => value(i));
  device.write(
    DATA.tokens,
    each(() => random.integer(VOCABULARY)),
  );
  device.write(
    DATA.targets,
    each(() => random.integer(VOCABULARY)),
  );
  // The first words of a row are its prompt.
  device.write(
    DATA.mask,
    each((i) => (i % LENGTH > 2 ? 1 : 0)),
  );
  device.write(
    DATA.reference,
    each(() => Math.fround(-4 - random.uniform())),
  );
  device.write(POLICY, initialParameters(CONFIG, 1));
  const rows = batchRows(Array.from({ length: PAIRS }, (_, p) => p));
  const feeds = {
    rows,
    ...ADAMW.feeds(SETTINGS, 1),
    'parameter.beta': [0.5],
  };
  await device.run('step', [feeds]);
  return device.read(ADAMW.states[0]);
}

/** `expected`: by the float64 reference. Both flat, [P]. */
export function compareGradients(backend: BackendName, got: Values, expected: Values): GradientReport {
  const tolerance = GRADIENT_TOLERANCE[backend];
  let worst = { largest: 0, at: '' };
  for (const { name, shape, offset } of lmParameters(CONFIG)) {
    let most = 0;
    let apart = 0;
    for (let i = offset; i < offset + sizeOf(shape); i++) {
      const want = expected[i] ?? NaN;
      most = Math.max(most, Math.abs(want));
      apart = Math.max(apart, Math.abs((got[i] ?? NaN) - want));
    }
    const error = apart / most;
    // a NaN stays
    if (!(error <= worst.largest)) worst = { largest: error, at: name };
    if (Number.isNaN(error)) break;
  }
  return { ...worst, slopes: expected.length, tolerance, passes: worst.largest <= tolerance };
}
