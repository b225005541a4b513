/** Tokens to a syntax tree: precedence climbing, one function a level. Comparisons < sums < products < minus < calls. */
import type { Checked } from '../base/errors.ts';
import type { Token } from './lex.ts';
import { lex } from './lex.ts';
import type { BinaryOperator, Expression, Formula, Place } from './syntax.ts';
import { FormulaMistake, formulaIssue } from './syntax.ts';

/** Deeper and longer than any loss anyone wrote; bounds for formulas that come from a link. */
const MAX_DEPTH = 100;
const MAX_TOKENS = 1000;
/** What float32 holds. */
const LARGEST = 3.4028234663852886e38;

const LEVELS: readonly (readonly BinaryOperator[])[] = [
  ['<', '>', '<=', '>='],
  ['+', '-'],
  ['*', '/'],
];

/** The assignments of a formula in order, or the first mistake. */
export function parse(text: string): Checked<Formula> {
  try {
    return { ok: true, value: parseFormula(lex(text)) };
  } catch (error) {
    if (error instanceof FormulaMistake) return { ok: false, issues: [error.issue] };
    throw error;
  }
}

function parseFormula(tokens: readonly Token[]): Formula {
  let next = 0;
  let depth = 0;
  const beyond = tokens[MAX_TOKENS];
  if (beyond !== undefined) {
    const received = `${tokens.length}`;
    const expected = `at most ${MAX_TOKENS} names, numbers and signs`;
    throw new FormulaMistake(formulaIssue('too-long', beyond.place, expected, received, 'Shorten it.'));
  }
  const peek = (): Token => tokens[next] as Token;
  const take = (): Token => tokens[next++] as Token;

  const fail = (expected: string, cure: string): never => {
    const { text, place, kind } = peek();
    const received = kind === 'line-end' || kind === 'end' ? text : `'${text}'`;
    throw new FormulaMistake(formulaIssue('unexpected-token', place, expected, received, cure));
  };
  const expect = (symbol: string, cure: string): Token =>
    peek().text === symbol ? take() : fail(`'${symbol}'`, cure);

  const binary = (level: number): Expression => {
    const operators = LEVELS[level];
    if (operators === undefined) return negation();
    let left = binary(level + 1);
    while (peek().kind === 'symbol' && operators.includes(peek().text as BinaryOperator)) {
      const { text, place } = take();
      left = { kind: 'binary', operator: text as BinaryOperator, left, right: binary(level + 1), place };
    }
    return left;
  };

  const nested = (parseInside: () => Expression, place: Place): Expression => {
    depth += 1;
    if (depth > MAX_DEPTH) {
      const cure = 'Give a part of it a name on a line of its own.';
      throw new FormulaMistake(
        formulaIssue('too-deep', place, `at most ${MAX_DEPTH} levels`, `${depth} levels`, cure),
      );
    }
    const inside = parseInside();
    depth -= 1;
    return inside;
  };

  const negation = (): Expression => {
    if (peek().text !== '-') return atom();
    const { place } = take();
    return { kind: 'negate', operand: nested(negation, place), place };
  };

  const atom = (): Expression => {
    const { kind, text, place } = peek();
    if (kind === 'number') {
      if (Number(text) > LARGEST) fail(`a number up to ${LARGEST}`, 'Write a smaller number.');
      take();
      return { kind: 'number', value: Number(text), place };
    }
    if (kind === 'name') {
      take();
      return peek().text === '(' ? call(text, place) : { kind: 'name', name: text, place };
    }
    if (text === '(') {
      take();
      const inside = nested(() => binary(0), place);
      expect(')', 'Close the parenthesis.');
      return inside;
    }
    const powers = text === '*' && next > 0 && (tokens[next - 1] as Token).text === '*';
    return fail(
      'a name, a number or (',
      powers
        ? 'Powers are written pow(a, b), or square(a).'
        : 'Write the missing part of the expression, or remove the sign before it.',
    );
  };

  const call = (name: string, place: Place): Expression => {
    take();
    const found: Expression[] = [];
    while (peek().text !== ')') {
      found.push(nested(() => binary(0), place));
      if (peek().text !== ',') break;
      take();
    }
    expect(')', `Close the parenthesis of ${name}( ... ).`);
    return { kind: 'call', name, arguments: found, place };
  };

  const formula: Formula = [];
  while (peek().kind !== 'end') {
    if (peek().kind === 'line-end') {
      take();
      continue;
    }
    if (peek().kind !== 'name') {
      const goesOn = formula.length > 0 && '+-*/<>)'.includes(peek().text[0] as string);
      fail(
        'a name',
        goesOn
          ? 'Start each line with a name and =; what goes on over several lines stands in parentheses.'
          : 'Start each line with a name and =, as in: loss = ...',
      );
    }
    const { text: name, place } = take();
    expect('=', `Write ${name} = ..., to say what ${name} is.`);
    formula.push({ name, value: binary(0), place });
    if (peek().kind !== 'line-end' && peek().kind !== 'end')
      fail(
        'a sign or the end of the line',
        peek().text === '='
          ? 'One = a line, after the name. Compare with < > <= or >=.'
          : 'Put a sign before it, or remove it; one assignment a line.',
      );
  }
  return formula;
}
