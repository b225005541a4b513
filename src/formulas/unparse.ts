/** A syntax tree back to text, with no parenthesis more than needed: parsing the text gives the same tree again. */
import type { BinaryOperator, Expression, Formula } from './syntax.ts';

/** How tightly each kind of expression holds together; as the parser reads them. */
const SUM = 1;
const PRODUCT = 2;
const MINUS = 3;
const ATOM = 4;
const TIGHTNESS: Record<BinaryOperator, number> = {
  '<': 0,
  '>': 0,
  '<=': 0,
  '>=': 0,
  '+': SUM,
  '-': SUM,
  '*': PRODUCT,
  '/': PRODUCT,
};

export function unparse(formula: Formula): string {
  return formula.map(({ name, value }) => `${name} = ${unparseExpression(value)}`).join('\n');
}

export function unparseExpression(e: Expression): string {
  return write(e, 0);
}

/** The text of an expression in a place that takes only what holds together at least so tightly. */
function write(e: Expression, atLeast: number): string {
  const text = bare(e);
  return tightness(e) < atLeast ? `(${text})` : text;
}

function tightness(e: Expression): number {
  if (e.kind === 'binary') return TIGHTNESS[e.operator];
  return e.kind === 'negate' ? MINUS : ATOM;
}

function bare(e: Expression): string {
  switch (e.kind) {
    case 'number':
      return String(e.value);
    case 'name':
      return e.name;
    case 'negate':
      return `-${write(e.operand, MINUS)}`;
    case 'binary': {
      // operators of one level group to the left
      const level = TIGHTNESS[e.operator];
      return `${write(e.left, level)} ${e.operator} ${write(e.right, level + 1)}`;
    }
    case 'call':
      return `${e.name}(${e.arguments.map(unparseExpression).join(', ')})`;
    default:
      return e satisfies never;
  }
}
