/** One JSON value a line. A broken line costs that line alone. */
import { LONGEST_ROW } from '../limits.ts';
import type { Problem } from '../problems.ts';
import { problem, shown } from '../problems.ts';
import { lineBlocks } from './lines.ts';
import type { RowSink } from './rows.ts';

export async function readJsonl(pieces: AsyncIterable<Uint8Array>, sink: RowSink): Promise<void> {
  for await (const lines of lineBlocks(pieces)) {
    if ('long' in lines) sink.reject(lines.long, tooLong());
    else {
      const { text, broken } = lines.block;
      let { line } = lines.block;
      for (let start = 0; start < text.length && !sink.full; line++) {
        const found = text.indexOf('\n', start);
        const end = found < 0 ? text.length : found;
        readLine(text.slice(start, end), line, broken.has(line), sink);
        start = end + 1;
      }
    }
    if (sink.full) return;
  }
}

export const tooLong = (): Problem =>
  problem('data/row-too-long', '', `at most ${LONGEST_ROW} bytes`, 'more');
export const notUtf8 = (): Problem => problem('data/not-utf8', '', 'UTF-8', 'other bytes');

function readLine(text: string, line: number, broken: boolean, sink: RowSink): void {
  if (text === '' || text.trim() === '') return;
  if (broken) return sink.reject(line, notUtf8());
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return sink.reject(line, notJson(text, error));
  }
  sink.row(value, line, text);
}

/** Why a text is no JSON, as exactly as can be said. */
export function notJson(text: string, error: unknown): Problem {
  if (!(error instanceof SyntaxError)) return problem('data/too-deep', '', 'JSON', shown(String(error)));
  const literal = /[:[,]\s*(-?(?:NaN|Infinity))\s*[,\]}]/.exec(text);
  if (literal) return problem('data/not-a-number', '', 'JSON', literal[1] as string);
  if (/^\s*\{\s*'/.test(text)) return problem('data/single-quotes', '', 'JSON', shown(text));
  return problem('data/not-json', '', 'JSON', /^\s*[[{]/.test(text) ? shown(error.message) : shown(text));
}
