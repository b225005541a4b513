/** What readers of formats hand their rows to. */
import type { Problem } from '../problems.ts';

export interface RowSink {
  /** `text`: the row's own JSON, where it has one. */
  row(value: unknown, line: number, text?: string): void;
  reject(line: number, problem: Problem): void;
  /** What is wrong with the file from here on; what came before stays. */
  fail(problem: Problem): void;
  /** No more rows are wanted: too much was kept, or nothing of it can be read. */
  readonly full: boolean;
}
