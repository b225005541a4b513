/** What every subject computes: one model, one batch, one set of hyper-parameters, the same random numbers. */
import { stream } from '../src/base/random.ts';
import type { Graph } from '../src/engine/graph.ts';
import { liveTensors } from '../src/engine/graph.ts';
import type { OpAttrs, Shape, Tensor } from '../src/engine/types.ts';
import { adamwNumbers } from '../src/loops/optimiser.ts';
import { lmConfig } from '../src/models/lm/config.ts';
import { initialParameters } from '../src/models/lm/initialise.ts';
import type { MatmulSize } from './subject.ts';

export const PAIRS = 16;
/** Predictions a row; all of them count. */
export const LENGTH = 32;
export const ROWS = 2 * PAIRS;
/** Positions that a training step passes through the model. */
export const STEP_TOKENS = ROWS * LENGTH;
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

/** Steps whose losses are compared between the subjects. */
export const CHECKED = 4;

/**
 * lr, beta1, beta2, eps, decay, 1-beta1^t, 1-beta2^t of step t (from 1). After the steps that are compared lr is 0: the
 * same kernels run, but the parameters hold still, so that every slice computes the same numbers.
 */
export const hyper = (step: number): number[] =>
  adamwNumbers(step <= CHECKED ? OPTIMISER : { ...OPTIMISER, lr: 0 }, step);

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

/**
 * Multiplications and additions of the products in a graph, each counted as one:
 * - matmul [M,K] x [K,N]: 2 M N K
 * - attention: for each sequence and head T (T + 1) / 2 pairs of positions, each 2 * headDim for the score and 2 * headDim
 *   for the value; in the gradient twice that (dV and dP; dQ and dK), computing the scores again not counted
 * Everything else (norms, softmax, AdamW) counts as nothing, so the rate is understated.
 */
export function countFlops(graph: Graph): number {
  return liveTensors(graph).reduce((sum, tensor) => sum + flopsOf(tensor), 0);
}

function flopsOf({ source, shape }: Tensor): number {
  if (source.kind !== 'op') return 0;
  const { op, attrs, inputs } = source;
  if (op === 'matmul') {
    const { transA } = attrs as OpAttrs['matmul'];
    const [rows, columns] = inputs[0]?.shape as Shape as [number, number];
    const [m, n] = shape as [number, number];
    return 2 * m * n * (transA ? rows : columns);
  }
  if (op === 'attention' || op === 'attention_grad') {
    const { length } = attrs as OpAttrs['attention'];
    const [rows, columns] = inputs[0]?.shape as Shape as [number, number];
    const pairs = (rows / length) * ((length * (length + 1)) / 2);
    return (op === 'attention' ? 4 : 8) * pairs * (columns / 3);
  }
  return 0;
}
