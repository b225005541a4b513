/** Takes rows as they come: finds their shape by the first ones, checks every pair, and counts what is left out. */
import type { Issue } from '../../base/errors.ts';
import { repeatedAtTop } from '../../base/repeated-key.ts';
import { DEEPEST, LONGEST_TEXT, MOST_KEPT, MOST_LISTED, MOST_PAIRS, SAMPLE_ROWS } from '../limits.ts';
import type { Problem, ProblemCode } from '../problems.ts';
import { PROBLEMS, RowProblem, fileIssue, problem, shown } from '../problems.ts';
import { SHAPES, mapped } from '../shapes/index.ts';
import { looksLikeMessages } from '../shapes/messages.ts';
import type { Mapping, NewPair, PairSink, Row, RowReader, Shape } from '../shapes/shape.ts';
import { isRow, valueAt } from '../shapes/shape.ts';
import { Packer } from './packed.ts';
import type { RowSink } from './rows.ts';

/** A row that gave no pair, or not all of them. */
export interface Rejected extends Issue {
  line: number;
}

export interface Column {
  name: string;
  /** Of the values in the first rows: 'text', 'number', 'messages', ... */
  kinds: string[];
  /** The first value, short. */
  example: string;
}

interface Sampled {
  row: Row;
  line: number;
  text: string | undefined;
}

/** Of a surrogate pair; a whole pair is one character to `u`. */
const HALF = /\p{Surrogate}/u;
const MOST_COLUMNS = 200;
const MOST_HELD = 2 * MOST_KEPT;

export class Collector implements RowSink, PairSink {
  readonly packer = new Packer();
  readonly rejected: Rejected[] = [];
  readonly reasons: Partial<Record<ProblemCode, number>> = {};
  readonly issues: Issue[] = [];
  rows = 0;
  shape: Shape | null = null;
  full = false;
  readonly #columns = new Map<string, Column>();
  /** Rows that wait until the shape is known; null afterwards. */
  #sample: Sampled[] | null = [];
  #reader: RowReader | null = null;
  #usual: readonly (readonly [column: string, type: string])[] = [];
  #line = 0;
  #held = 0;

  /** `unit`: what rows are counted in, for messages. `mapping`: by hand, in place of a shape that is found. */
  constructor(
    private readonly name: string,
    private readonly unit: 'line' | 'row',
    public mapping: Mapping | null,
  ) {}

  get columns(): Column[] {
    return [...this.#columns.values()];
  }

  row(value: unknown, line: number, text?: string): void {
    if (this.full) return;
    this.rows++;
    if (!isRow(value)) {
      return this.reject(line, problem('data/not-an-object', '', 'an object', shown(value)));
    }
    if (this.#sample === null) return this.#read(value, line, text);
    this.#sample.push({ row: value, line, text });
    this.#look(value);
    if (this.#sample.length === SAMPLE_ROWS) this.#decide();
  }

  reject(line: number, { code, field, expected, received }: Problem): void {
    this.reasons[code] = (this.reasons[code] ?? 0) + 1;
    if (this.rejected.length >= MOST_LISTED) return;
    const at = `${this.unit} ${line}${field === '' ? '' : `: ${field}`}`;
    this.rejected.push({ line, code, at, expected, received, cure: PROBLEMS[code].cure });
  }

  fail({ code, field, expected, received }: Problem): void {
    this.issues.push(fileIssue(code, field || this.name, expected, received));
    this.full = true;
  }

  pair(pair: NewPair, line = this.#line): void {
    if (this.full) return;
    const wrong = wrongWith(pair);
    if (wrong) return this.reject(line, wrong);
    this.packer.add({ ...pair, line });
    const { count, size } = this.packer;
    if (count >= MOST_PAIRS || size >= MOST_KEPT) {
      const received = `${count} pairs, ${size} bytes`;
      this.fail(
        problem('data/too-large', '', `fewer than ${MOST_PAIRS} pairs and ${MOST_KEPT} bytes`, received),
      );
    }
  }

  hold(bytes: number): void {
    this.#held += bytes;
    if (this.#held <= MOST_HELD || this.full) return;
    this.fail(
      problem('data/too-large', '', `at most ${MOST_HELD} bytes that wait for a counterpart`, 'more'),
    );
  }

  /** After the last row. */
  finish(): void {
    this.full = false; // what waits is read even of a file that broke off
    if (this.#sample !== null) this.#decide();
    this.#reader?.end?.(this);
    if (this.rows === 0 && this.issues.length === 0 && this.rejected.length === 0) {
      this.fail(problem('data/no-rows', '', 'at least one row', 'none'));
    }
    this.rejected.sort((a, b) => a.line - b.line);
  }

  #look(row: Row): void {
    for (const name of Object.keys(row)) {
      const kind = kindOf(row[name]);
      const known = this.#columns.get(name);
      if (known === undefined) {
        if (this.#columns.size < MOST_COLUMNS) {
          this.#columns.set(name, { name, kinds: [kind], example: shown(row[name]) });
        }
      } else if (!known.kinds.includes(kind)) known.kinds.push(kind);
    }
  }

  #decide(): void {
    const sample = this.#sample ?? [];
    this.#sample = null;
    if (this.mapping !== null) this.#useMapping(this.mapping, sample);
    else this.#findShape(sample);
    for (const { row, line, text } of sample) this.#read(row, line, text);
  }

  #useMapping(mapping: Mapping, sample: readonly Sampled[]): void {
    const columns = [...this.#columns.keys()];
    const lacking = Object.values(mapping).find(
      (column) => !sample.some(({ row }) => valueAt(row, column) !== undefined),
    );
    if (sample.length === 0) return;
    if (lacking !== undefined)
      return this.fail(problem('data/mapping', 'mapping', listed(columns), shown(lacking)));
    this.shape = mapped;
    this.#reader = mapped.open(mapping);
  }

  #findShape(sample: readonly Sampled[]): void {
    let most = 0;
    for (const shape of SHAPES) {
      const matches = sample.flatMap(({ row }) => shape.match(row) ?? []);
      if (matches.length <= most) continue;
      most = matches.length;
      this.shape = shape;
      // a column that only some rows have counts, whichever rows come first
      this.mapping = Object.assign({}, ...matches.reverse()) as Mapping;
    }
    if (this.shape !== null && this.mapping !== null) {
      this.#reader = this.shape.open(this.mapping);
      const { chosen, rejected, prompt } = this.mapping;
      const first = sample.find(({ row }) => this.shape?.match(row))?.row ?? {};
      if (chosen !== undefined) {
        this.#usual = [chosen, rejected, prompt].flatMap((column) =>
          column === undefined ? [] : [[column, typeof first[column]] as const],
        );
      }
    }
    if (this.shape === null && sample.length > 0) this.fail(this.#noShape(sample));
  }

  #noShape(sample: readonly Sampled[]): Problem {
    const columns = listed([...this.#columns.keys()]);
    const [{ row } = { row: {} }] = sample;
    const values = Object.values(row);
    const members = values.map((value) =>
      Array.isArray(value) ? value.length : isRow(value) && '0' in value ? Object.keys(value).length : 0,
    );
    if (
      sample.length === 1 &&
      values.length > 1 &&
      members.every((count) => count > 0 && count === members[0])
    ) {
      return problem('data/columns-not-rows', '', 'a list of rows', `columns ${columns}`);
    }
    return problem('data/no-shape', '', 'columns such as prompt, chosen and rejected', columns);
  }

  /** Has all that the shape reads, of the usual type: looked at first, because nearly every row does. */
  #isUsual(row: Row): boolean {
    return this.#usual.length > 0 && this.#usual.every(([column, type]) => typeof row[column] === type);
  }

  #read(row: Row, line: number, text: string | undefined): void {
    const { shape, mapping } = this;
    if (this.full || shape === null || this.#reader === null) return;
    this.#line = line;
    if (shape !== mapped && !this.#isUsual(row) && shape.match(row) === null) {
      const other = SHAPES.find((one) => one.match(row) !== null);
      if (other) return this.reject(line, problem('data/other-shape', '', shape.name, other.name));
    }
    try {
      const repeated = text === undefined ? null : repeatedAtTop(text, Object.values(mapping ?? {}));
      if (repeated !== null) {
        return this.reject(line, problem('data/duplicate-key', repeated, 'one value', 'two'));
      }
      if (isDeep(row))
        return this.reject(line, problem('data/too-deep', '', `at most ${DEEPEST} levels`, 'more'));
      this.#reader.row(row, line, this);
    } catch (error) {
      if (!(error instanceof RowProblem)) throw error;
      this.reject(line, error.problem);
    }
  }
}

const listed = (columns: readonly string[]): string =>
  columns.length === 0
    ? 'none'
    : columns
        .slice(0, 12)
        .map((name) => shown(name))
        .join(', ') + (columns.length > 12 ? ', ...' : '');

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (looksLikeMessages(value)) return 'messages';
  if (Array.isArray(value)) return 'list';
  const kind = typeof value;
  return kind === 'string'
    ? 'text'
    : kind === 'boolean'
      ? 'true or false'
      : kind === 'bigint'
        ? 'number'
        : kind;
}

function wrongWith({ prompt, chosen, rejected }: NewPair): Problem | null {
  if (chosen.trim() === '') return problem('data/empty-chosen', 'chosen', 'text', shown(chosen));
  if (rejected.trim() === '') return problem('data/empty-rejected', 'rejected', 'text', shown(rejected));
  if (chosen === rejected)
    return problem('data/equal', 'rejected', 'another text than chosen', shown(rejected));
  return wrongText('prompt', prompt) ?? wrongText('chosen', chosen) ?? wrongText('rejected', rejected);
}

function wrongText(field: string, text: string): Problem | null {
  if (text.length > LONGEST_TEXT) {
    return problem('data/too-long', field, `at most ${LONGEST_TEXT} characters`, String(text.length));
  }
  const half = text.search(HALF);
  return half < 0
    ? null
    : problem('data/broken-character', field, 'whole characters', `half a one at ${half + 1}`);
}

/** Whether anything in a row lies too deep. Walks without recursion, which a bomb would exhaust. */
function isDeep(row: Row): boolean {
  const open: [object, number][] = [[row, 1]];
  for (let one = open.pop(); one !== undefined; one = open.pop()) {
    const [value, depth] = one;
    if (depth > DEEPEST) return true;
    for (const member of Object.values(value) as unknown[]) {
      if (typeof member === 'object' && member !== null) open.push([member, depth + 1]);
    }
  }
  return false;
}
