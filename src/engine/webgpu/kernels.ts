/** One row an op: the dispatches that compute its step. Complete by type. */
import type { OpName } from '../types.ts';
import type { WebgpuKernels } from './dispatch.ts';
import { axis } from './kernels/axis.ts';
import { decoder } from './kernels/decoder.ts';
import { elementwise } from './kernels/elementwise.ts';
import { linear } from './kernels/linear.ts';
import { stateful } from './kernels/stateful.ts';
import { vocabulary } from './kernels/vocabulary.ts';

export const kernels: WebgpuKernels<OpName> = {
  ...elementwise,
  ...linear,
  ...axis,
  ...decoder,
  ...vocabulary,
  ...stateful,
};
