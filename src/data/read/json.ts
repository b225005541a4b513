/** A JSON document: a list of rows, an object with such a list, or objects one after another. */
import { DEEPEST } from '../limits.ts';
import type { ProblemCode } from '../problems.ts';
import { problem, shown } from '../problems.ts';
import { JsonScanner, ROW_KEYS } from './json-scan.ts';
import { notJson, tooLong } from './jsonl.ts';
import type { RowSink } from './rows.ts';

export async function readJson(pieces: AsyncIterable<Uint8Array>, sink: RowSink): Promise<void> {
  let row = 0;
  const scanner = new JsonScanner((found) => {
    row++;
    if (sink.full) return;
    if ('problem' in found) {
      const deep = problem('data/too-deep', '', `at most ${DEEPEST} levels`, 'more');
      return sink.reject(row, found.problem === 'data/too-deep' ? deep : tooLong());
    }
    let value: unknown;
    try {
      value = JSON.parse(found.text);
    } catch (error) {
      return sink.reject(row, notJson(found.text, error));
    }
    sink.row(unwrapped(value), row, found.text);
  });
  const fail = (code: ProblemCode, expected: string, received: string): void =>
    sink.fail(problem(code, row === 0 ? 'the beginning' : `after row ${row}`, expected, received));

  const strict = new TextDecoder('utf-8', { fatal: true });
  const feed = (bytes?: Uint8Array): boolean => {
    let text: string;
    try {
      text = bytes ? strict.decode(bytes, { stream: true }) : strict.decode();
    } catch {
      fail('data/not-utf8-file', 'UTF-8', 'other bytes');
      return false;
    }
    const stranger = scanner.feed(text);
    if (stranger !== null) fail('data/not-json-file', 'JSON', shown(stranger));
    return stranger === null;
  };

  for await (const piece of pieces) if (!feed(piece) || sink.full) return;
  if (!feed()) return;
  if (!scanner.done) fail('data/truncated', 'closing brackets', 'the end of the file');
  else if (row === 0) {
    const expected = `a list of rows, at the top or under one of ${[...ROW_KEYS].slice(0, 3).join(', ')}, ...`;
    fail('data/no-rows', expected, 'none');
  }
}

/** Hugging Face's data set server wraps each row: {row_idx, row, truncated_cells}. */
function unwrapped(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('row_idx' in value) || !('row' in value)) return value;
  return value.row;
}
