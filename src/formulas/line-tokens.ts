/** One line of a formula as an editor colours it: by the language's own lexer, and to the end even where it stumbles. */
import { functions } from './functions.ts';
import type { Token } from './lex.ts';
import { lex } from './lex.ts';
import { FormulaMistake } from './syntax.ts';

export interface LineToken {
  /** `chosen` and `rejected`: names that belong to one of the responses. */
  kind: 'number' | 'chosen' | 'rejected' | 'loss' | 'name' | 'function' | 'symbol' | 'comment' | 'wrong';
  from: number;
  to: number;
}

export function lineTokens(line: string): LineToken[] {
  const found: LineToken[] = [];
  let start = 0;
  while (start <= line.length) {
    const { tokens, stop } = lexed(line.slice(start));
    for (const { kind, text, place } of tokens) {
      const from = start + place.column - 1;
      if (kind === 'number' || kind === 'symbol') found.push({ kind, from, to: from + text.length });
      if (kind === 'name') found.push({ kind: kindOf(text), from, to: from + text.length });
    }
    if (stop === null) break;
    const at = start + stop;
    const length = String.fromCodePoint(line.codePointAt(at) as number).length;
    found.push({ kind: 'wrong', from: at, to: at + length });
    start = at + length;
  }
  const comment = commentStart(line, found);
  if (comment >= 0) found.push({ kind: 'comment', from: comment, to: line.length });
  return found;
}

/** Tokens up to the first character that has no meaning, and where that is. */
function lexed(text: string): { tokens: Token[]; stop: number | null } {
  try {
    return { tokens: lex(text), stop: null };
  } catch (error) {
    if (!(error instanceof FormulaMistake)) throw error;
    const stop = Number(/column (\d+)/.exec(error.issue.at)?.[1] ?? 1) - 1;
    return { tokens: lex(text.slice(0, stop)), stop };
  }
}

/** The lexer passes over comments: one starts at the first # that is no token's. */
function commentStart(line: string, tokens: readonly LineToken[]): number {
  const last = tokens.reduce((end, { to }) => Math.max(end, to), 0);
  return line.indexOf('#', last);
}

function kindOf(name: string): LineToken['kind'] {
  if (name === 'loss' || functions.has(name)) return name === 'loss' ? 'loss' : 'function';
  const plain = name.replace(/\[.\]$/, '');
  if (/_(w|chosen)$/.test(plain)) return 'chosen';
  return /_(l|rejected)$/.test(plain) ? 'rejected' : 'name';
}
