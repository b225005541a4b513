/** The syntax tree of the formula language, and how a mistake in a formula is told. Types and one helper. */
import type { Issue } from '../base/errors.ts';

/** Where something starts; both count from 1. */
export interface Place {
  line: number;
  column: number;
}

export type BinaryOperator = '+' | '-' | '*' | '/' | '<' | '>' | '<=' | '>=';

/** A per-token quantity carries its index in its name: `logp_w[t]`. */
export type Expression =
  | { kind: 'number'; value: number; place: Place }
  | { kind: 'name'; name: string; place: Place }
  | { kind: 'negate'; operand: Expression; place: Place }
  | { kind: 'binary'; operator: BinaryOperator; left: Expression; right: Expression; place: Place }
  | { kind: 'call'; name: string; arguments: Expression[]; place: Place };

/** `name = value`, one a line. */
export interface Assignment {
  name: string;
  value: Expression;
  place: Place;
}

export type Formula = Assignment[];

export function formulaIssue(
  code: string,
  place: Place,
  expected: string,
  received: string,
  cure: string,
): Issue {
  return {
    code: `formula/${code}`,
    at: `line ${place.line}, column ${place.column}`,
    expected,
    received,
    cure,
  };
}

/** Carries one issue out of the parser's recursion; never leaves this folder. */
export class FormulaMistake extends Error {
  constructor(readonly issue: Issue) {
    super(issue.code);
  }
}
