/** How far a backend in float32 may lie from the float64 reference; see `worstError` for the meaning. */
import type { Tolerance } from './check-op.ts';

export const TOLERANCE = {
  /** sums in float32, own exp and log within a few ulp */
  wasm: { relative: 5e-6, ofLargest: 2e-6 },
  /** WGSL allows exp an error of 3 + 2|x| ulp, and log an absolute error of 2^-21 near 1 */
  webgpu: { relative: 5e-5, ofLargest: 2e-5 },
} satisfies Record<string, Tolerance>;
