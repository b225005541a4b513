/** What a function does to shapes, once the check has found that its arguments fit. */
import type { FunctionKind } from './functions.ts';
import type { FormulaShape } from './quantities.ts';

export function callShape(kind: FunctionKind, shapes: readonly FormulaShape[]): FormulaShape {
  const largest = shapes.reduce<FormulaShape>((most, s) => (s.length > most.length ? s : most), []);
  switch (kind) {
    case 'elementwise':
    case 'group-wise':
    case 'batch-wise':
      return largest;
    case 'tokens':
    case 'group':
      return largest.slice(0, -1);
    case 'batch':
      return [];
    default:
      return kind satisfies never;
  }
}
