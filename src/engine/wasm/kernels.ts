/** One row an op: the call that computes its step. Complete by type. */
import type { OpName } from '../types.ts';
import { axis } from './axis.ts';
import { decoder } from './decoder.ts';
import { elementwise } from './elementwise.ts';
import type { WasmKernels } from './kernel.ts';
import { linear } from './linear.ts';
import { stateful } from './stateful.ts';
import { vocabulary } from './vocabulary.ts';

export const kernels: WasmKernels<OpName> = {
  ...elementwise,
  ...linear,
  ...axis,
  ...decoder,
  ...vocabulary,
  ...stateful,
};
