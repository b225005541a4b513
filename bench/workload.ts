/** What every subject computes: the work that the page `/device/` measures too, and how much arithmetic it is. */
import type { Feeds } from '../src/engine/backend.ts';
import type { Graph } from '../src/engine/graph.ts';
import { liveTensors } from '../src/engine/graph.ts';
import type { OpAttrs, Shape, Tensor } from '../src/engine/types.ts';
import { ADAMW } from '../src/training/optimiser.ts';
import { OPTIMISER } from '../src/session/device-workload.ts';

/** Steps whose losses are compared between the subjects. */
export const CHECKED = 4;

/**
 * What the optimiser is fed at step t (from 1). After the steps that are compared lr is 0: the
 * same kernels run, but the parameters hold still, so that every slice computes the same numbers.
 */
export const optimiserFeeds = (step: number): Feeds =>
  ADAMW.feeds(step <= CHECKED ? OPTIMISER : { ...OPTIMISER, lr: 0 }, step);

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
