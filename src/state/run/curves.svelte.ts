/** What training reported, step by step, as columns that charts draw. One writer: the run. */
import type { StepMetrics } from '../../metrics/metrics.ts';
import type { Evaluation } from '../../runs/views.ts';

export interface Column {
  steps: readonly number[];
  values: readonly number[];
}

const NOTHING: Column = { steps: [], values: [] };

export class Curves {
  #rows: StepMetrics[] = [];
  #evaluations: Evaluation[] = [];
  /** Grows with every change; reading a column reads this, so that charts follow. */
  #version = $state(0);
  /** The step under the pointer, shared by all charts. */
  cursor = $state<number | null>(null);

  addRows(rows: readonly StepMetrics[]): void {
    const first = rows[0];
    if (!first) return;
    // After a lost device the run goes on from its mirror: steps made since then are made again.
    this.#rows = [...before(this.#rows, first.step), ...rows];
    this.#version++;
  }

  addEvaluation(evaluation: Evaluation): void {
    this.#evaluations = [...before(this.#evaluations, evaluation.step), evaluation];
    this.#version++;
  }

  clear(): void {
    this.#rows = [];
    this.#evaluations = [];
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

  column(key: Exclude<keyof StepMetrics, 'step'>): Column {
    if (this.length === 0) return NOTHING;
    return { steps: this.#rows.map((row) => row.step), values: this.#rows.map((row) => row[key]) };
  }

  evaluated(read: (evaluation: Evaluation) => number | undefined): Column {
    if (this.#version < 0) return NOTHING;
    return {
      steps: this.#evaluations.map(({ step }) => step),
      values: this.#evaluations.map((evaluation) => read(evaluation) ?? NaN),
    };
  }
}

/** Rows of earlier steps; the same array where nothing has to go. */
function before<T extends { step: number }>(rows: T[], step: number): T[] {
  const last = rows.at(-1);
  return last && last.step >= step ? rows.filter((row) => row.step < step) : rows;
}
