/** What training reports, step by step, as columns that charts draw. One writer: the run. */
import type { StepMetrics } from '../../metrics/metrics.ts';
import type { Evaluation } from '../../runs/views.ts';

export interface Column {
  steps: readonly number[];
  values: readonly number[];
}

export class Curves {
  readonly #rows: StepMetrics[] = [];
  /** Of the rows, as far as they were asked for: a run only adds to them. */
  #columns: Partial<Record<keyof StepMetrics, number[]>> = {};
  readonly #evaluations: Evaluation[] = [];
  /** Grows with every change; reading a column reads this, so that charts follow. */
  #version = $state(0);
  /** The step under the pointer, shared by all charts. */
  cursor = $state<number | null>(null);

  addRows(rows: readonly StepMetrics[]): void {
    const first = rows[0];
    if (!first) return;
    // After a lost device the run goes on from its mirror: steps made since then are made again.
    keepBefore(this.#rows, first.step);
    for (const column of Object.values(this.#columns))
      column.length = Math.min(column.length, this.#rows.length);
    for (const row of rows) this.#rows.push(row);
    this.#version++;
  }

  addEvaluation(evaluation: Evaluation): void {
    keepBefore(this.#evaluations, evaluation.step);
    this.#evaluations.push(evaluation);
    this.#version++;
  }

  clear(): void {
    this.#rows.length = 0;
    this.#columns = {};
    this.#evaluations.length = 0;
    this.cursor = null;
    this.#version++;
  }

  get length(): number {
    return this.#version < 0 ? 0 : this.#rows.length;
  }

  /** All rows and evaluations, as they came. */
  get table(): { rows: readonly StepMetrics[]; evaluations: readonly Evaluation[] } {
    return this.#version < 0
      ? { rows: [], evaluations: [] }
      : { rows: this.#rows, evaluations: this.#evaluations };
  }

  /** The lists go on growing; what is told of a change is that this gives another column. */
  column(key: Exclude<keyof StepMetrics, 'step'>): Column {
    return this.#version < 0
      ? { steps: [], values: [] }
      : { steps: this.#column('step'), values: this.#column(key) };
  }

  #column(key: keyof StepMetrics): number[] {
    const column = (this.#columns[key] ??= []);
    for (let i = column.length; i < this.#rows.length; i++) column.push((this.#rows[i] as StepMetrics)[key]);
    return column;
  }

  evaluated(read: (evaluation: Evaluation) => number | undefined): Column {
    return this.#version < 0
      ? { steps: [], values: [] }
      : {
          steps: this.#evaluations.map(({ step }) => step),
          values: this.#evaluations.map((evaluation) => read(evaluation) ?? NaN),
        };
  }
}

/** Takes away what is of that step and later ones. */
function keepBefore(rows: { step: number }[], step: number): void {
  while (rows.length > 0 && (rows.at(-1)?.step ?? 0) >= step) rows.pop();
}
