/** Meaning: every name is known, every function gets its arguments, `loss` is assigned, no parameter is ignored. */
import type { Checked, Issue } from '../base/errors.ts';
import { functions } from './functions.ts';
import { parse } from './parse.ts';
import type { Expression, Formula, Place } from './syntax.ts';
import { formulaIssue } from './syntax.ts';

/** What a formula may read. */
export interface Vocabulary {
  /** Quantities with one value a pair: `logp_w`, `ref_l`, ... with their meaning. */
  perPair: ReadonlyMap<string, string>;
  /** Numbers that the visitor sets. */
  parameters: readonly string[];
}

/** The per-pair quantities that every preference objective may use. */
export const PAIR_QUANTITIES: ReadonlyMap<string, string> = new Map([
  ['logp_w', 'log-prob of the chosen response under the policy'],
  ['logp_l', 'log-prob of the rejected response under the policy'],
  ['ref_w', 'log-prob of the chosen response under the reference'],
  ['ref_l', 'log-prob of the rejected response under the reference'],
  ['len_w', 'tokens in the chosen response'],
  ['len_l', 'tokens in the rejected response'],
]);

/** The parsed formula, or every mistake in it. */
export function checkFormula(text: string, vocabulary: Vocabulary): Checked<Formula> {
  const parsed = parse(text);
  if (!parsed.ok) return parsed;
  const issues = findMistakes(parsed.value, vocabulary);
  return issues.length > 0 ? { ok: false, issues } : parsed;
}

function findMistakes(formula: Formula, vocabulary: Vocabulary): Issue[] {
  const issues: Issue[] = [];
  const given = new Set([...vocabulary.perPair.keys(), ...vocabulary.parameters]);
  const assigned = new Set<string>();
  const used = new Set<string>();

  const visit = (e: Expression): void => {
    if (e.kind === 'name') {
      used.add(e.name);
      if (!given.has(e.name) && !assigned.has(e.name))
        issues.push(unknownName(e.name, e.place, [...given, ...assigned]));
    } else if (e.kind === 'negate') visit(e.operand);
    else if (e.kind === 'binary') [e.left, e.right].forEach(visit);
    else if (e.kind === 'call') {
      issues.push(...callIssues(e));
      e.arguments.forEach(visit);
    }
  };

  for (const { name, value, place } of formula) {
    visit(value);
    if (given.has(name) || functions.has(name)) {
      const cure = `Choose another name than ${name}.`;
      issues.push(
        formulaIssue('taken-name', place, 'a new name', `'${name}', which has a meaning already`, cure),
      );
    } else if (assigned.has(name)) {
      const cure = 'Give the second value another name; a name keeps its value.';
      issues.push(formulaIssue('assigned-twice', place, 'a new name', `'${name}', assigned above`, cure));
    }
    assigned.add(name);
  }

  const end = { line: (formula.at(-1)?.place.line ?? 0) + 1, column: 1 };
  if (!assigned.has('loss')) {
    issues.push(
      formulaIssue(
        'no-loss',
        end,
        'a line that starts with loss =',
        'none',
        'Say what is minimised: loss = ...',
      ),
    );
  }
  for (const parameter of vocabulary.parameters.filter((p) => !used.has(p))) {
    const cure = `Use ${parameter} in the formula, or remove the parameter.`;
    issues.push(
      formulaIssue('ignored-parameter', end, `${parameter} to be used`, 'a formula without it', cure),
    );
  }
  return issues;
}

function unknownName(name: string, place: Place, known: readonly string[]): Issue {
  const near = nearest(name, known);
  const cure = functions.has(name)
    ? `${name} is a function: give it its arguments in parentheses.`
    : near === undefined
      ? `There are: ${known.join(', ')}.`
      : `Did you mean ${near}?`;
  return formulaIssue('unknown-name', place, 'a name that has a value here', `'${name}'`, cure);
}

function callIssues({ name, arguments: given, place }: Extract<Expression, { kind: 'call' }>): Issue[] {
  const row = functions.get(name);
  if (row === undefined) {
    const near = nearest(name, [...functions.keys()]);
    const cure =
      near === undefined ? `There are: ${[...functions.keys()].join(', ')}.` : `Did you mean ${near}?`;
    return [formulaIssue('unknown-function', place, 'a function', `'${name}'`, cure)];
  }
  if (row.arity === given.length) return [];
  const arguments_ = (n: number): string => `${n} argument${n === 1 ? '' : 's'}`;
  const cure = `${name}: ${row.help}.`;
  return [
    formulaIssue(
      'wrong-arguments',
      place,
      `${arguments_(row.arity)} for ${name}`,
      arguments_(given.length),
      cure,
    ),
  ];
}

/** The candidate within two edits of the name, if there is one. */
function nearest(name: string, candidates: readonly string[]): string | undefined {
  const scored = candidates.map((c) => [c, editDistance(name, c)] as const).sort((a, b) => a[1] - b[1]);
  const [best] = scored;
  return best !== undefined && best[1] <= 2 && best[1] < name.length ? best[0] : undefined;
}

/** Levenshtein distance. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const swap = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(swap, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return row[b.length] as number;
}
