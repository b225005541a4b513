/** A row of a parameter table, in one line. */
import type { Parameter } from '../../base/parameters.ts';

export function number(
  label: string,
  [min, max, step]: readonly [number, number, number],
  value: number,
  help: string,
  more: Pick<Parameter, 'scale' | 'integer'> = {},
): Parameter {
  return { label, min, max, step, default: value, unit: '', help, ...more };
}
