/** How far a backend in float32 may lie from the float64 reference; see `worstError` for the meaning. */
import type { OpName } from '../../src/engine/types.ts';
import type { Tolerance } from './check-op.ts';

const TOLERANCE = {
  /** sums in float32, own exp and log within a few ulp */
  wasm: { relative: 5e-6, ofLargest: 2e-6 },
  /** WGSL allows exp an error of 3 + 2|x| ulp, and log an absolute error of 2^-21 near 1 */
  webgpu: { relative: 5e-5, ofLargest: 2e-5 },
} satisfies Record<string, Tolerance>;

/** The tolerance of one op: softmax differences below 1e-12 are noise in float64 too. */
export function toleranceOf(backend: keyof typeof TOLERANCE, op: OpName): Tolerance {
  return op.startsWith('token_') ? { ...TOLERANCE[backend], absolute: 1e-12 } : TOLERANCE[backend];
}
