/** The form of an op's row, and the small checks that the rows share. */
import { ShapeError } from '../base/errors.ts';
import type { Dtype, OpAttrs, OpName, Shape, Tensor, TensorType } from './types.ts';
import { sizeOf } from './types.ts';

/** What a derivative may use to write itself: other ops, and constants. */
export interface Writer {
  apply<O extends OpName>(op: O, inputs: readonly Tensor[], attrs?: OpAttrs[O]): Tensor;
  scalar(value: number): Tensor;
}

export interface Derivation<O extends OpName> {
  g: Writer;
  inputs: readonly Tensor[];
  attrs: OpAttrs[O];
  y: Tensor;
  dY: Tensor;
}

export interface OpRow<O extends OpName> {
  /** The result's type; throws ShapeError when the inputs don't fit. */
  type(inputs: readonly TensorType[], attrs: OpAttrs[O]): TensorType;
  /** One gradient an input; null where none flows. Absent: the op has no derivative. */
  derivative?(d: Derivation<O>): (Tensor | null)[];
}

export type Rows<Names extends OpName> = { [O in Names]: OpRow<O> };

export const f32 = (...shape: number[]): TensorType => ({ shape, dtype: 'f32' });
export const i32 = (...shape: number[]): TensorType => ({ shape, dtype: 'i32' });

export function describe(type: TensorType): string {
  return `${type.dtype}[${type.shape.join(',')}]`;
}

export function require_(condition: boolean, expected: string, inputs: readonly TensorType[]): void {
  if (!condition) throw new ShapeError(`expected ${expected}, received ${inputs.map(describe).join(', ')}`);
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((n, i) => n === b[i]);
}

/** The inputs are exactly these; a shape given as null fits any. */
export function expectTypes(inputs: readonly TensorType[], ...expected: [Dtype, Shape | null][]): void {
  const fits =
    inputs.length === expected.length &&
    expected.every(([dtype, shape], i) => {
      const input = inputs[i] as TensorType;
      return input.dtype === dtype && (shape === null || sameShape(input.shape, shape));
    });
  const words = expected.map(([dtype, shape]) => `${dtype}[${shape === null ? '...' : shape.join(',')}]`);
  require_(fits, words.join(', '), inputs);
}

/** The shape of input i, which must have `rank` axes. */
export function axes(inputs: readonly TensorType[], i: number, rank: number): number[] {
  const shape = inputs[i]?.shape;
  if (shape?.length !== rank) {
    throw new ShapeError(`expected ${rank} axes in input ${i}, received ${inputs.map(describe).join(', ')}`);
  }
  return [...shape];
}

/** Sum of everything: [...] -> []. */
export function sumAll(g: Writer, x: Tensor): Tensor {
  return g.apply('sum_last', [g.apply('view', [x], { offset: 0, shape: [sizeOf(x.shape)] })]);
}
