/** Text to tokens. A line end closes a statement unless a parenthesis is open; `#` starts a comment. */
import type { Place } from './syntax.ts';
import { FormulaMistake, formulaIssue } from './syntax.ts';

export interface Token {
  kind: 'number' | 'name' | 'symbol' | 'line-end' | 'end';
  text: string;
  place: Place;
}

/** What to write instead of signs that other languages have. */
const CURES = new Map([
  ['^', 'Powers are written pow(a, b), or square(a).'],
  ['[', 'Only quantities per token are indexed, as in logp_w[t].'],
  ['.', 'Names have no parts: write logp_w, or a function alone, as in log(x).'],
  ['!', 'Compare with < > <= or >=, and choose with where(condition, a, b).'],
  ['?', 'Choose with where(condition, a, b).'],
  ['{', 'Group with parentheses.'],
  ['|', 'The absolute value is written abs(x).'],
  ['−', 'Write the minus sign of the keyboard, -.'],
  ['·', 'Write *.'],
  ['×', 'Write *.'],
  ['÷', 'Write /.'],
  ['≤', 'Write <=.'],
  ['≥', 'Write >=.'],
  ['α', 'Write alpha.'],
  ['β', 'Write beta.'],
  ['γ', 'Write gamma.'],
  ['τ', 'Write tau.'],
  ['λ', 'Write lambda.'],
  ['ε', 'Write epsilon.'],
]);

/** A name ends after 60 characters: what comes from a link is quoted in messages. */
const TOKEN =
  /(?<space>[ \t\r\u00a0]+|#[^\n]*)|(?<number>\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)|(?<name>[A-Za-z_][A-Za-z0-9_]{0,59}(?:\[[a-z]\])?)|(?<symbol><=|>=|[-+*/()=,<>])|(?<line>\n)/y;

export function lex(text: string): Token[] {
  const tokens: Token[] = [];
  let line = 1;
  let lineStart = 0;
  let depth = 0;
  let at = 0;
  while (at < text.length) {
    TOKEN.lastIndex = at;
    const groups = TOKEN.exec(text)?.groups;
    const place = { line, column: at - lineStart + 1 };
    if (groups === undefined) {
      const found = String.fromCodePoint(text.codePointAt(at) as number);
      const cure =
        CURES.get(found) ?? 'Remove it; formulas are made of names, numbers, + - * / < > ( ) , and =.';
      const received = `'${found}'`;
      throw new FormulaMistake(
        formulaIssue('unknown-character', place, 'a name, a number or a sign', received, cure),
      );
    }
    at = TOKEN.lastIndex;
    if (groups['line'] !== undefined) {
      if (depth === 0) tokens.push({ kind: 'line-end', text: 'the end of the line', place });
      line += 1;
      lineStart = at;
      continue;
    }
    for (const kind of ['number', 'name', 'symbol'] as const) {
      const found = groups[kind];
      if (found === undefined) continue;
      tokens.push({ kind, text: found, place });
      if (found === '(') depth += 1;
      if (found === ')') depth = Math.max(0, depth - 1);
    }
  }
  tokens.push({ kind: 'end', text: 'the end of the formula', place: { line, column: at - lineStart + 1 } });
  return tokens;
}
