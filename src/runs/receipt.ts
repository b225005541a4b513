/**
 * What a run hands out so that another can be held against it: a hash chain is kept step by step, a receipt is drawn from it
 * at the end. On WASM two runs of one story have the same receipt, bit for bit; elsewhere they agree within a tolerance.
 */
import { digest, EMPTY_DIGEST } from '../base/digest.ts';
import type { BackendName } from '../engine/backend.ts';
import type { StepMetrics } from '../metrics/metrics.ts';

/** Grows by one whenever today's code gives other bits than the code before; tests/fixtures/engines.json says so. */
export const ENGINE = 1;

/** Most marks in a receipt. */
export const MOST_MARKS = 256;

const COLUMNS = [
  'step',
  'loss',
  'grad_norm',
  'rewards/chosen',
  'rewards/rejected',
  'rewards/margins',
  'rewards/accuracies',
  'logps/chosen',
  'logps/rejected',
] as const satisfies readonly (keyof StepMetrics)[];

/** What is compared where bits can't be: the last row's numbers. */
export const FINAL_COLUMNS = [
  'loss',
  'rewards/margins',
  'logps/chosen',
  'logps/rejected',
] as const satisfies readonly (keyof StepMetrics)[];
export type FinalNumbers = Record<(typeof FINAL_COLUMNS)[number], number>;

/** Two numbers a and b agree where |a - b| <= TOLERANCE * (1 + |a|), a being the shared one. */
export const TOLERANCE = 0.02;

/** The rolling fingerprint of all rows so far, and its last byte after each of them. Plain data; kept with checkpoints. */
export interface HashChain {
  digest: string;
  checks: number[];
  /** The newest row's numbers; null before the first. */
  final: FinalNumbers | null;
  /** Whether every row was computed on WASM. */
  exact: boolean;
}

export const emptyChain = (): HashChain => ({ digest: EMPTY_DIGEST, checks: [], final: null, exact: true });

/** A chain that was kept as JSON, of a run after `steps` steps; null for anything else. */
export function readChain(json: unknown, steps: number): HashChain | null {
  if (typeof json !== 'object' || json === null) return null;
  const { digest: rolling, checks, final, exact } = json as Partial<Record<keyof HashChain, unknown>>;
  const isByte = (one: unknown): one is number => Number.isInteger(one) && (one as number) >> 8 === 0;
  if (typeof rolling !== 'string' || !/^[0-9a-f]{16}$/.test(rolling) || typeof exact !== 'boolean')
    return null;
  if (!Array.isArray(checks) || checks.length !== steps || !checks.every(isByte)) return null;
  if (final === null || final === undefined) return steps === 0 ? { ...emptyChain(), exact } : null;
  const numbers = final as Partial<FinalNumbers>;
  if (!FINAL_COLUMNS.every((name) => Number.isFinite(numbers[name]))) return null;
  return { digest: rolling, checks, final: numbers as FinalNumbers, exact };
}

/** The chain after another row; the one before is left as it was. */
export function recorded(chain: HashChain, rows: readonly StepMetrics[], backend: BackendName): HashChain {
  if (rows.length === 0) return chain;
  const checks = [...chain.checks];
  let rolling = chain.digest;
  for (const row of rows) {
    rolling = digest(new Uint8Array(Float64Array.from(COLUMNS, (name) => row[name]).buffer), rolling);
    checks.push(parseInt(rolling.slice(-2), 16));
  }
  const last = rows.at(-1) as StepMetrics;
  const final = Object.fromEntries(FINAL_COLUMNS.map((name) => [name, last[name]])) as FinalNumbers;
  return { digest: rolling, checks, final, exact: chain.exact && backend === 'wasm' };
}

export interface Receipt {
  engine: number;
  /** Updates made. */
  steps: number;
  /** Of every row and the final parameters, 16 hexadecimal digits; null unless all of it was computed on WASM. */
  digest: string | null;
  /** A byte of the rolling fingerprint every `stride(steps)` steps; empty without a digest. */
  marks: number[];
  final: FinalNumbers;
}

/** Steps between two marks. */
export const stride = (steps: number): number => Math.max(1, Math.ceil(steps / MOST_MARKS));

/** `parameters`: the flat block [P] after the last update. Null before the first. */
export function receiptOf(chain: HashChain, parameters: Float32Array): Receipt | null {
  if (chain.final === null) return null;
  const steps = chain.checks.length;
  const { buffer, byteOffset, byteLength } = parameters;
  return {
    engine: ENGINE,
    steps,
    digest: chain.exact ? digest(new Uint8Array(buffer, byteOffset, byteLength), chain.digest) : null,
    marks: chain.exact ? chain.checks.filter((_, i) => (i + 1) % stride(steps) === 0) : [],
    final: chain.final,
  };
}

export interface Difference {
  name: keyof FinalNumbers;
  theirs: number;
  ours: number;
}

/** What holding a replay against a receipt showed. */
export type Verdict =
  | { kind: 'reproduced' }
  /** Rows are the same up to step `after`, and differ at the latest at step `by`; a chance of 1 in 256 that it was one mark before. */
  | { kind: 'differs'; after: number; by: number }
  /** Every row is the same, the parameters after the last are not. */
  | { kind: 'parameters-differ' }
  /** No bits to compare, since one of the two was not computed on WASM. */
  | { kind: 'within-tolerance'; differences: Difference[] }
  | { kind: 'outside-tolerance'; differences: Difference[] };

/** Both after the same number of steps. */
export function compare(theirs: Receipt, ours: Receipt): Verdict {
  if (theirs.digest === null || ours.digest === null) return compareFinal(theirs.final, ours.final);
  if (theirs.digest === ours.digest) return { kind: 'reproduced' };
  const at = theirs.marks.findIndex((mark, i) => mark !== ours.marks[i]);
  if (at >= 0)
    return { kind: 'differs', after: at * stride(theirs.steps), by: (at + 1) * stride(theirs.steps) };
  const marked = theirs.marks.length * stride(theirs.steps);
  if (marked < theirs.steps) return { kind: 'differs', after: marked, by: theirs.steps };
  return { kind: 'parameters-differ' };
}

function compareFinal(theirs: FinalNumbers, ours: FinalNumbers): Verdict {
  const differences = FINAL_COLUMNS.map((name) => ({ name, theirs: theirs[name], ours: ours[name] }));
  const within = differences.every(
    // a last batch without a decided pair has no margin
    ({ theirs: a, ours: b }) => Object.is(a, b) || Math.abs(a - b) <= TOLERANCE * (1 + Math.abs(a)),
  );
  return { kind: within ? 'within-tolerance' : 'outside-tolerance', differences };
}
