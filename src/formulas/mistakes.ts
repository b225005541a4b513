/** Names that are not there, and calls that don't fit: what was probably meant. */
import type { Issue } from '../base/errors.ts';
import { functions } from './functions.ts';
import type { Expression, Place } from './syntax.ts';
import { formulaIssue } from './syntax.ts';

/** What has a value at some point of a formula, and what gets one only later. */
export interface Known {
  values: readonly string[];
  /** Those worth listing where nothing is near. */
  common: readonly string[];
  later: ReadonlySet<string>;
}

export function unknownName(name: string, place: Place, known: Known): Issue {
  return formulaIssue(
    'unknown-name',
    place,
    'a name that has a value here',
    `'${name}'`,
    nameCure(name, known),
  );
}

function nameCure(name: string, { values, common, later }: Known): string {
  if (functions.has(name)) return `${name} is a function: give it its arguments in parentheses.`;
  if (later.has(name)) return `${name} gets its value on this line or below: assign it further up.`;
  const plain = name.replace(/\[.\]$/, '');
  if (plain !== name && values.includes(plain)) {
    const tokens = values.includes(`${plain}[t]`) ? `, and ${plain}[t] its tokens` : '';
    return `Leave ${name.slice(plain.length)} out: ${plain} as a whole is a value${tokens}.`;
  }
  const near = nearest(name, values);
  return near === undefined ? `There are, among others: ${common.join(', ')}.` : `Did you mean ${near}?`;
}

export function callIssues(
  { name, arguments: given, place }: Extract<Expression, { kind: 'call' }>,
  { values }: Known,
): Issue[] {
  const row = functions.get(name);
  if (row === undefined) {
    const near = ELSEWHERE.get(name) ?? nearest(name, [...functions.keys()]);
    const cure = values.includes(name)
      ? `${name} is a value, not a function: put a sign before the parenthesis, as in ${name} * ( ... ).`
      : near === undefined
        ? `There are: ${[...functions.keys()].join(', ')}.`
        : `Did you mean ${near}?`;
    return [formulaIssue('unknown-function', place, 'a function', `'${name}'`, cure)];
  }
  if (row.arity === given.length) return [];
  const count = (n: number): string => `${n} argument${n === 1 ? '' : 's'}`;
  const expected = `${count(row.arity)} for ${name}`;
  const help = row.help.startsWith(`${name}(`) ? row.help : `${name}(x): ${row.help}`;
  return [formulaIssue('wrong-arguments', place, expected, count(given.length), `There is ${help}.`)];
}

/** What other languages call our functions, where the names are not alike. */
const ELSEWHERE = new Map([
  ['ln', 'log'],
  ['detach', 'stop_grad'],
  ['power', 'pow'],
  ['clip', 'clamp'],
  ['minimum', 'min'],
  ['maximum', 'max'],
  ['average', 'mean'],
]);

/** The candidate within two edits of the name, if there is one. */
function nearest(name: string, candidates: readonly string[]): string | undefined {
  const plain = (text: string): string => text.toLowerCase().replaceAll('_', '');
  // a difference in nothing but capitals and underscores counts as half an edit
  const distance = (c: string): number => (plain(c) === plain(name) ? 0.5 : editDistance(name, c));
  const scored = candidates.map((c) => [c, distance(c)] as const).sort((a, b) => a[1] - b[1]);
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
