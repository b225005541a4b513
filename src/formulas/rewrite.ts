/** Rewriting formulas as trees: other expressions in place of names, parts from text, names that are not taken. */
import { GraphError } from '../base/errors.ts';
import { parse } from './parse.ts';
import type { Expression, Formula } from './syntax.ts';

/** The expression with every name for which `by` gives another expression replaced by that. */
export function replaceNames(e: Expression, by: (name: string) => Expression | undefined): Expression {
  switch (e.kind) {
    case 'number':
      return e;
    case 'name':
      return by(e.name) ?? e;
    case 'negate':
      return { ...e, operand: replaceNames(e.operand, by) };
    case 'binary':
      return { ...e, left: replaceNames(e.left, by), right: replaceNames(e.right, by) };
    case 'call':
      return { ...e, arguments: e.arguments.map((argument) => replaceNames(argument, by)) };
    default:
      return e satisfies never;
  }
}

/** Every name that is read and every function that is called. */
export function namesIn(formula: Formula): { reads: Set<string>; calls: Set<string> } {
  const [reads, calls] = [new Set<string>(), new Set<string>()];
  const visit = (e: Expression): void => {
    if (e.kind === 'name') reads.add(e.name);
    if (e.kind === 'negate') visit(e.operand);
    if (e.kind === 'binary') [e.left, e.right].forEach(visit);
    if (e.kind === 'call') {
      calls.add(e.name);
      e.arguments.forEach(visit);
    }
  };
  formula.forEach(({ value }) => visit(value));
  return { reads, calls };
}

/** The lines that any of these names depends on, in order, and every name that they read. */
export function linesFor(formula: Formula, names: readonly string[]): { lines: Formula; reads: Set<string> } {
  const wanted = new Set(names);
  const kept: Formula = [];
  for (const line of formula.toReversed()) {
    if (!wanted.has(line.name)) continue;
    kept.unshift(line);
    namesIn([line]).reads.forEach((name) => wanted.add(name));
  }
  return { lines: kept, reads: namesIn(kept).reads };
}

/** Lines that this program itself wrote. */
export function lines(text: string): Formula {
  const parsed = parse(text);
  if (!parsed.ok) throw new GraphError(`not a formula: ${text}`);
  return parsed.value;
}

export function expression(text: string): Expression {
  return (lines(`x = ${text}`)[0] as Formula[number]).value;
}

/** The name, or the name with underscores after it, if it is taken. */
export function freshName(name: string, taken: ReadonlySet<string>): string {
  let fresh = name;
  while (taken.has(fresh)) fresh += '_';
  return fresh;
}
