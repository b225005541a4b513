/** Everything that can be wrong with a visitor's file or with a row of it: one table, from which all messages are made. */
import type { Issue } from '../base/errors.ts';

/** `title`: the reason, for a table of counts. `cure`: what the person can do. */
interface Reason {
  title: string;
  cure: string;
}

const reason = (title: string, cure: string): Reason => ({ title, cure });

export const PROBLEMS = {
  // of the file as a whole
  'data/empty-file': reason('The file is empty', 'Choose the file that holds the pairs.'),
  'data/wrong-kind': reason(
    'A file of another kind',
    'Choose JSONL, JSON, CSV, TSV or Parquet, plain or .gz.',
  ),
  'data/archive': reason('An archive', 'Unpack it and choose the file inside.'),
  'data/not-utf8-file': reason('Text that is not UTF-8', 'Save the file as UTF-8.'),
  'data/unknown-format': reason(
    'Neither JSON nor a table',
    'Give one JSON object a line, a JSON array, or a table with a header line.',
  ),
  'data/gzip': reason(
    'A damaged .gz file',
    'Download or compress it again; joined .gz files are unpacked first.',
  ),
  'data/unreadable': reason('The file could not be read', 'It was moved or changed; choose it again.'),
  'data/not-json-file': reason('Not JSON', 'Mend the file; a missing bracket or comma is the usual cause.'),
  'data/truncated': reason(
    'The file ends too early',
    'Download or export it again; what came before is kept.',
  ),
  'data/columns-not-rows': reason(
    'Columns instead of rows',
    "Write rows: pandas' to_json(orient='records', lines=True).",
  ),
  'data/duplicate-column': reason('Two columns of one name', 'Rename one of them.'),
  'data/parquet': reason('A damaged Parquet file', 'Download or write it again.'),
  'data/too-large': reason('More than can be kept', 'Cut the file into parts; what came before is kept.'),
  'data/no-shape': reason('No known shape', 'Say which columns are prompt, chosen and rejected.'),
  'data/no-rows': reason('No rows', 'Choose a file with at least one pair.'),
  'data/mapping': reason('A column that the file lacks', "Choose among the file's columns."),
  // of a row
  'data/not-json': reason(
    'Not JSON',
    'Mend the line: double quotes, no trailing comma, a backslash before quotes inside.',
  ),
  'data/single-quotes': reason("Python's quotes instead of JSON's", 'Write the rows with json.dumps.'),
  'data/not-a-number': reason('NaN or Infinity', 'JSON has none of them: write null or a number.'),
  'data/not-utf8': reason('Bytes that are not UTF-8', 'Save the file as UTF-8.'),
  'data/not-an-object': reason(
    'Not an object',
    'Give each row names: {"prompt": ..., "chosen": ..., "rejected": ...}.',
  ),
  'data/row-too-long': reason('A row that is too long', 'Shorten it; a missing line end is the usual cause.'),
  'data/too-deep': reason('Nested too deeply', 'Give texts or lists of messages.'),
  'data/duplicate-key': reason('A key given twice', 'Keep one of the two.'),
  'data/fields': reason(
    'Another number of fields than the header',
    'Quote fields that contain the separator.',
  ),
  'data/quotes': reason(
    'A quote that is never closed',
    'Close it, and double the quotes inside a quoted field.',
  ),
  'data/missing': reason('A value is missing', 'Fill it in, or leave the row out.'),
  'data/wrong-type': reason('A value of the wrong type', 'Give text, or a list of messages.'),
  'data/empty-chosen': reason('The chosen response is empty', 'Fill it in, or leave the row out.'),
  'data/empty-rejected': reason('The rejected response is empty', 'Fill it in, or leave the row out.'),
  'data/equal': reason('Chosen and rejected are equal', 'Leave the row out: it prefers nothing.'),
  'data/too-long': reason('A text that is too long', 'Shorten it; a model here reads far less.'),
  'data/broken-character': reason(
    'Half a character',
    'A text was cut inside a character (a lone surrogate); mend it.',
  ),
  'data/margin': reason('A margin that is no number', 'Give a number, or nothing.'),
  'data/message': reason('Not a message', 'A message has a role and a content that is text.'),
  'data/role': reason('An unknown role', 'Use system, user, assistant or tool.'),
  'data/not-text': reason('More than text', 'Only text is read: leave out images and sound.'),
  'data/no-answer': reason(
    "The assistant's turn is missing",
    'Both conversations must part at an answer of the assistant.',
  ),
  'data/prompt-mismatch': reason(
    'A prompt that the conversation lacks',
    'Map chosen and rejected without the prompt.',
  ),
  'data/label': reason('A label that is neither good nor bad', 'Use true or false.'),
  'data/unpaired': reason(
    'Nothing to compare with',
    'A completion needs one of the other label for the same prompt.',
  ),
  'data/steps': reason('Steps and labels that do not match', 'Give one label a step.'),
  'data/no-alternative': reason(
    'No other step to compare with',
    'A pair needs a right and a wrong step after the same steps, from two rows.',
  ),
  'data/too-few': reason('Fewer than two responses', 'Give at least two.'),
  'data/too-many': reason('Too many responses', 'Split the row.'),
  'data/rank': reason('A rank or score that is no number', 'Give every response a number.'),
  'data/tie': reason('A tie', 'It prefers nothing and is left out.'),
  'data/both-bad': reason('Both bad', 'It prefers nothing and is left out.'),
  'data/winner': reason('An unknown verdict', 'Name one of the two responses, or a tie.'),
  'data/not-annotated': reason('Not yet judged', 'Export judged records, or judge this one.'),
  'data/other-shape': reason('A row of another shape', 'Put rows of one shape into one file.'),
} as const satisfies Record<string, Reason>;

export type ProblemCode = keyof typeof PROBLEMS;

/** What is wrong, without the line. `field`: a column or a path; '' for the row or the file as a whole. */
export interface Problem {
  code: ProblemCode;
  field: string;
  expected: string;
  received: string;
}

export const problem = (code: ProblemCode, field: string, expected: string, received: string): Problem => ({
  code,
  field,
  expected,
  received,
});

/** Inside a reader of rows: caught where rows are read, so that one row's problem ends that row alone. */
export class RowProblem extends Error {
  override readonly name = 'RowProblem';

  constructor(readonly problem: Problem) {
    super(problem.code);
  }
}

export function refuse(code: ProblemCode, field: string, expected: string, received: string): never {
  throw new RowProblem(problem(code, field, expected, received));
}

/** A problem of the whole file. */
export function fileIssue(code: ProblemCode, at: string, expected: string, received: string): Issue {
  return { code, at, expected, received, cure: PROBLEMS[code].cure };
}

const LONGEST_SHOWN = 60;

/** A value as a message shows it: short, on one line, never as deep as the value. */
export function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object' && value !== null) {
    const keys = Object.keys(value);
    const named = keys.slice(0, 4).map((key) => cut(key, 20));
    return `an object with ${named.join(', ') || 'nothing'}${keys.length > 4 ? ', ...' : ''}`;
  }
  return typeof value === 'string' ? `'${cut(value, LONGEST_SHOWN)}'` : String(value);
}

function cut(text: string, most: number): string {
  const short = text.length > most ? `${text.slice(0, most)}…` : text;
  return short.replace(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]+/gu, ' ');
}
