/** What is measured of a device, here and in `bench/`: one model, one batch, the same made-up words and numbers every time. */
import { stream } from '../base/random.ts';
import { lmConfig } from '../models/lm/config.ts';
import { initialParameters } from '../models/lm/initialise.ts';

export const PAIRS = 16;
/** Predictions a row; all of them count. */
export const LENGTH = 32;
export const ROWS = 2 * PAIRS;
/** Positions that a training step passes through the model. */
export const STEP_TOKENS = ROWS * LENGTH;
/** Words that generation makes to fill all rows from their first word. */
export const GENERATED_TOKENS = ROWS * (LENGTH - 1);
/** Words of the world `reviews`. */
const VOCABULARY = 436;

export const CONFIG = lmConfig('micro', VOCABULARY, LENGTH);
export const BETA = 0.1;
export const OPTIMISER = {
  lr: 1e-3,
  warmup_steps: 0,
  adam_beta1: 0.9,
  adam_beta2: 0.999,
  adam_epsilon: 1e-8,
  weight_decay: 0.01,
  max_grad_norm: 1,
};

/** A product [m,k] x [k,n]. */
export interface MatmulSize {
  m: number;
  n: number;
  k: number;
}

/** The shapes of the model's own products at 1024 rows, and two that suit a cache better: the best is the kernel's peak. */
export const MATMULS: readonly MatmulSize[] = [
  { m: 1024, n: 192, k: 64 },
  { m: 1024, n: 256, k: 64 },
  { m: 1024, n: 64, k: 128 },
  { m: 1024, n: 436, k: 64 },
  { m: 256, n: 256, k: 256 },
  { m: 1024, n: 256, k: 256 },
];

export interface Workload {
  /** The flat parameter block that training starts from. */
  policy: Float32Array;
  /** [ROWS * LENGTH]; rows 2p and 2p+1 are the chosen and the rejected response of pair p. */
  tokens: Int32Array;
  targets: Int32Array;
  /** Cached log-prob of each target under the reference, [ROWS * LENGTH]. */
  reference: Float32Array;
}

/** Random words; the reference is a made-up model near the policy, so that no margin starts at 0. */
export function workload(): Workload {
  const words = stream(1, 'bench-words');
  const next = Array.from({ length: ROWS }, () =>
    Array.from({ length: LENGTH + 1 }, () => words.integer(VOCABULARY)),
  );
  const near = stream(1, 'bench-reference');
  return {
    policy: initialParameters(CONFIG, 1),
    tokens: Int32Array.from(next.flatMap((row) => row.slice(0, LENGTH))),
    targets: Int32Array.from(next.flatMap((row) => row.slice(1))),
    reference: Float32Array.from({ length: ROWS * LENGTH }, () => -6 - 0.5 * near.uniform()),
  };
}
