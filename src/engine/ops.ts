/** The op table: one row an op, its type rule beside its derivative. Complete by type: a missing row does not compile. */
import type { Rows } from './op-row.ts';
import { decoder } from './ops/decoder.ts';
import { elementwise } from './ops/elementwise.ts';
import { axis } from './ops/axis.ts';
import { linear } from './ops/linear.ts';
import { stateful } from './ops/stateful.ts';
import { vocabulary } from './ops/vocabulary.ts';
import type { OpName } from './types.ts';

export const ops: Rows<OpName> = {
  ...elementwise,
  ...linear,
  ...axis,
  ...decoder,
  ...vocabulary,
  ...stateful,
};
