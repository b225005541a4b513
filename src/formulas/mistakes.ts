/** Names that are not there, and calls that don't fit: what was probably meant. */
import type { Issue } from '../base/errors.ts';
import { functions } from './functions.ts';
import type { Expression, Place } from './syntax.ts';
import { formulaIssue } from './syntax.ts';

export function unknownName(name: string, place: Place, known: readonly string[]): Issue {
  const near = nearest(name, known);
  const plain = name.replace(/\[.\]$/, '');
  const shown = known.filter((other) => !other.includes('[')).slice(0, 40);
  const cure = functions.has(name)
    ? `${name} is a function: give it its arguments in parentheses.`
    : plain !== name && known.includes(plain)
      ? `Leave ${name.slice(plain.length)} out: ${plain} as a whole is a value${known.includes(`${plain}[t]`) ? `, and ${plain}[t] its tokens` : ''}.`
      : near === undefined
        ? `There are: ${shown.join(', ')}.`
        : `Did you mean ${near}?`;
  return formulaIssue('unknown-name', place, 'a name that has a value here', `'${name}'`, cure);
}

export function callIssues(
  { name, arguments: given, place }: Extract<Expression, { kind: 'call' }>,
  known: readonly string[],
): Issue[] {
  const row = functions.get(name);
  if (row === undefined) {
    const near = nearest(name, [...functions.keys()]);
    const cure = known.includes(name)
      ? `${name} is a value, not a function: put a sign before the parenthesis, as in ${name} * ( ... ).`
      : near === undefined
        ? `There are: ${[...functions.keys()].join(', ')}.`
        : `Did you mean ${near}?`;
    return [formulaIssue('unknown-function', place, 'a function', `'${name}'`, cure)];
  }
  if (row.arity === given.length) return [];
  const count = (n: number): string => `${n} argument${n === 1 ? '' : 's'}`;
  const expected = `${count(row.arity)} for ${name}`;
  return [formulaIssue('wrong-arguments', place, expected, count(given.length), `${name}: ${row.help}.`)];
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
