/** A checked formula to ops of the engine, in whatever graph it is to be part of. */
import { GraphError } from '../base/errors.ts';
import type { Writer } from '../engine/op-row.ts';
import type { OpName, Tensor } from '../engine/types.ts';
import { functions } from './functions.ts';
import type { BinaryOperator, Expression, Formula } from './syntax.ts';

const OPERATORS: Record<BinaryOperator, { op: OpName; swapped?: true }> = {
  '+': { op: 'add' },
  '-': { op: 'sub' },
  '*': { op: 'mul' },
  '/': { op: 'div' },
  '>': { op: 'greater' },
  '<': { op: 'greater', swapped: true },
};

/** The tensors of all assigned names. `given` holds every name that the check let the formula read. */
export function lower(g: Writer, formula: Formula, given: ReadonlyMap<string, Tensor>): Map<string, Tensor> {
  const assigned = new Map<string, Tensor>();
  const value = (e: Expression): Tensor => {
    switch (e.kind) {
      case 'number':
        return g.scalar(e.value);
      case 'name': {
        const tensor = assigned.get(e.name) ?? given.get(e.name);
        if (tensor === undefined)
          throw new GraphError(`the formula reads ${e.name}, which was not given; check it first.`);
        return tensor;
      }
      case 'negate':
        return g.apply('neg', [value(e.operand)]);
      case 'binary': {
        const { op, swapped } = OPERATORS[e.operator];
        const sides = [value(e.left), value(e.right)];
        return g.apply(op, swapped === true ? sides.reverse() : sides);
      }
      case 'call': {
        const row = functions.get(e.name);
        if (row === undefined)
          throw new GraphError(`the formula calls ${e.name}, which is no function; check it first.`);
        return g.apply(row.op, e.arguments.map(value));
      }
      default:
        return e satisfies never;
    }
  };
  for (const { name, value: expression } of formula) assigned.set(name, value(expression));
  return assigned;
}
