/** Formulas back to text: the same tree again, with no parenthesis more than needed. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parse } from '../../src/formulas/parse.ts';
import type { BinaryOperator, Expression, Formula } from '../../src/formulas/syntax.ts';
import { unparse } from '../../src/formulas/unparse.ts';
import { objectives } from '../../src/objectives/index.ts';

function parsed(text: string): Formula {
  const found = parse(text);
  if (!found.ok) throw new Error(`${text}: ${JSON.stringify(found.issues)}`);
  return found.value;
}

/** The tree without its places. */
const shape = (formula: Formula): unknown =>
  JSON.parse(JSON.stringify(formula, (key, value: unknown) => (key === 'place' ? undefined : value)));

it.each([
  ['x = (a + b) * c', 'x = (a + b) * c'],
  ['x = (a * b) + c', 'x = a * b + c'],
  ['x = a - (b - c)', 'x = a - (b - c)'],
  ['x = (a - b) - c', 'x = a - b - c'],
  ['x = a / (b * c)', 'x = a / (b * c)'],
  ['x = -(a + b)', 'x = -(a + b)'],
  ['x = -(a * b)', 'x = -(a * b)'],
  ['x = (-a) * b', 'x = -a * b'],
  ['x = a * (-b)', 'x = a * -b'],
  ['x = -(-a)', 'x = --a'],
  ['x = (a < b) + 1', 'x = (a < b) + 1'],
  ['x = a < (b + 1)', 'x = a < b + 1'],
  ['x = (a < b) > c', 'x = a < b > c'],
  ['x = min((a), (1e-30))', 'x = min(a, 1e-30)'],
  ['x = .5 * 2. + 1E3', 'x = 0.5 * 2 + 1000'],
  ['x = ( a # here\n  + b)\n\ny = x', 'x = a + b\ny = x'],
])('%j becomes %j', (text, expected) => {
  expect(unparse(parsed(text))).toBe(expected);
});

const OPERATORS: BinaryOperator[] = ['+', '-', '*', '/', '<', '>', '<=', '>='];
const place = { line: 1, column: 1 };
const { tree } = fc.letrec<{ tree: Expression }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 6 },
    fc.double({ min: 0, max: 3e38, noNaN: true }).map((value): Expression => ({ kind: 'number', value: Math.abs(value), place })),
    fc.constantFrom('beta', 'logp_w', 'logp_l[t]').map((name): Expression => ({ kind: 'name', name, place })),
    tie('tree').map((operand): Expression => ({ kind: 'negate', operand, place })),
    fc.tuple(tie('tree'), fc.constantFrom(...OPERATORS), tie('tree')).map(([left, operator, right]): Expression => ({ kind: 'binary', operator, left, right, place })),
    fc.array(tie('tree'), { maxLength: 3 }).map((list): Expression => ({ kind: 'call', name: 'f', arguments: list, place })),
  ),
})); // prettier-ignore

it('parsing the text of any tree gives that tree', () => {
  fc.assert(
    fc.property(tree, (value) => {
      const formula: Formula = [{ name: 'loss', value, place }];
      expect(shape(parsed(unparse(formula)))).toEqual(shape(formula));
    }),
    { seed: 31, numRuns: 2000 },
  );
});

it('every built-in formula comes back', () => {
  for (const { name, formula } of objectives.values())
    expect(shape(parsed(unparse(parsed(formula)))), name).toEqual(shape(parsed(formula)));
});
