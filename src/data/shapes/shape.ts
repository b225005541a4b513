/**
 * What a shape of rows is: what it recognises, and how its rows become pairs. The table of shapes is in index.ts; a new
 * shape is a file and a row there.
 */
import type { Problem } from '../problems.ts';

export type Row = Readonly<Record<string, unknown>>;

/** What a column may be to a pair. */
export const ROLES = [
  'prompt',
  'chosen',
  'rejected',
  'margin',
  'score_chosen',
  'score_rejected',
  'system',
  'input',
  'completion',
  'label',
] as const;
export type Role = (typeof ROLES)[number];

/** Which column plays which role. A column may be a path: `fields.chosen`. */
export type Mapping = Readonly<Partial<Record<Role, string>>>;

export interface NewPair {
  prompt: string;
  chosen: string;
  rejected: string;
  margin: number | null;
}

/** Where a shape puts what it makes of rows. */
export interface PairSink {
  /** Checked there: empty, equal or overlong texts are rejected. `line` only where it is not the row in hand. */
  pair(pair: NewPair, line?: number): void;
  /** For rows of which nothing is left to say until the end; a row in hand is refused by `refuse`. */
  reject(line: number, problem: Problem): void;
  /** Bytes that are kept until their counterpart comes, about. */
  hold(bytes: number): void;
}

export interface RowReader {
  /** Throws RowProblem. */
  row(row: Row, line: number, sink: PairSink): void;
  /** After the last row. */
  end?(sink: PairSink): void;
}

export interface Shape {
  name: string;
  /** What it recognises, for people. */
  recognises: string;
  /** How its rows become pairs, for people. */
  becomes: string;
  /** The columns of this row that it would read; null: not of this shape. A shape that looks for itself gives {}. */
  match(row: Row): Mapping | null;
  open(mapping: Mapping): RowReader;
}

/** The value of a column, or at a path of keys joined by dots; undefined where there is none. */
export function valueAt(row: Row, column: string): unknown {
  if (Object.hasOwn(row, column)) return row[column];
  let value: unknown = row;
  for (const key of column.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return value;
}

export const isRow = (value: unknown): value is Row =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Present and not null. */
export const has = (row: Row, column: string): boolean => Object.hasOwn(row, column) && row[column] != null;

/** The first of these columns that the row has; null where it has none. */
export const firstOf = (row: Row, columns: readonly string[]): string | null =>
  columns.find((column) => has(row, column)) ?? null;

/** A number, or text that is one (CSV); null where it is neither. */
export function numberOf(value: unknown): number | null {
  if (typeof value === 'string') {
    return /^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i.test(value) ? Number(value) : null;
  }
  const number = typeof value === 'bigint' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : null;
}
