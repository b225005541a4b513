/**
 * The form of a file of losses computed elsewhere (tests/fixtures/trl-losses.json): what each case holds, and every
 * mistake in it by its place.
 */
import * as v from 'valibot';
import type { Checked, Issue } from '../base/errors.ts';
import { F_DIVERGENCES } from '../objectives/options.ts';

const whole = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(100_000));
const finite = v.pipe(v.number(), v.finite());
/** Results may be infinite or NaN; see `parseJson`. */
const result = v.union([
  finite,
  v.pipe(
    v.picklist(['NaN', 'Infinity', '-Infinity']),
    v.transform((text) => Number(text)),
  ),
]);
const rows = v.array(v.array(v.unknown()));
const results = v.array(result);

const dpoCase = v.object({
  loss_type: v.string(),
  beta: finite,
  label_smoothing: v.optional(finite, 0),
  f_divergence: v.optional(v.picklist(F_DIVERGENCES), 'reverse_kl'),
  f_alpha: v.nullish(finite, null),
  ld_alpha: v.nullish(finite, null),
  weighting: v.optional(v.boolean(), false),
  discopop_tau: v.optional(finite, 0.05),
  pairs: whole,
  tokens: whole,
  mask: v.array(v.array(v.picklist([0, 1]))),
  logps: rows,
  ref_logps: rows,
  sum_p_squared: v.nullish(rows, null),
  loss: result,
  per_pair: v.nullish(results, null),
  grad_logps: v.array(results),
});

const sequenceCase = v.object({
  trainer: v.string(),
  loss_type: v.optional(v.string()),
  beta: finite,
  label_smoothing: v.optional(finite, 0),
  simpo_gamma: v.optional(finite),
  alpha: v.optional(finite, 0),
  kl: v.optional(v.pipe(finite, v.minValue(0))),
  desirable_weight: v.optional(finite, 1),
  undesirable_weight: v.optional(finite, 1),
  delta: v.optional(finite, 0),
  chosen: v.pipe(v.array(finite), v.minLength(1)),
  rejected: v.pipe(v.array(finite), v.minLength(1)),
  ref_chosen: v.optional(v.array(finite)),
  ref_rejected: v.optional(v.array(finite)),
  loss: result,
  grad_chosen: results,
  grad_rejected: results,
});

const file = v.object({
  dpo: v.optional(v.array(dpoCase), []),
  sequence: v.optional(v.array(sequenceCase), []),
});
export type DpoCase = v.InferOutput<typeof dpoCase>;
export type SequenceCase = v.InferOutput<typeof sequenceCase>;

/** Python writes NaN and Infinity as they are; JSON knows neither, so they become strings. */
export function parseJson(text: string): unknown {
  return JSON.parse(text.replaceAll(/(?<=[[:,]\s*)(?:NaN|-?Infinity)(?=\s*[\],}])/g, '"$&"'));
}

/** The cases as they stand; their tables are checked by `tokenRows` and `matrix`. */
export function readLossFile(input: unknown): Checked<v.InferOutput<typeof file>> {
  const parsed = v.safeParse(file, input);
  if (!parsed.success) return { ok: false, issues: parsed.issues.map(toIssue) };
  if (parsed.output.dpo.length + parsed.output.sequence.length > 0) return { ok: true, value: parsed.output };
  return fail('dpo', 'at least one case', 'none', 'Put cases under dpo or sequence.');
}

/** [2 * pairs, tokens] each, first the chosen rows; what lies under a mask of 0 is 0. */
export type TokenRows = Readonly<
  Record<'logp' | 'ref' | 'mask' | 'position' | 'p_squared', readonly number[]>
>;

/** The inputs that have a number a token, with the places where the mask is 0 blanked. */
export function tokenRows(at: string, row: DpoCase): Checked<TokenRows> {
  const { pairs, tokens } = row;
  const mask = matrix(`${at}.mask`, row.mask, 2 * pairs, tokens);
  if (!mask.ok) return mask;
  const tables = { logp: row.logps, ref: row.ref_logps, p_squared: row.sum_p_squared };
  const names = { logp: 'logps', ref: 'ref_logps', p_squared: 'sum_p_squared' };
  const values = {
    mask: mask.value,
    position: positions(row.mask),
    logp: [],
    ref: [],
    p_squared: [],
  } as Record<keyof TokenRows, number[]>;
  const issues: Issue[] = [];
  if (row.weighting && row.sum_p_squared === null) {
    const cure = 'Give sum over the vocabulary of p^2 at every place, or set weighting to false.';
    issues.push(problem(`${at}.sum_p_squared`, 'rows of numbers, since weighting is true', 'nothing', cure));
  }
  for (const [key, table] of Object.entries(tables)) {
    const name = `${at}.${names[key as keyof typeof names]}`;
    const flat =
      table === null ? { ok: true as const, value: mask.value } : matrix(name, table, 2 * pairs, tokens);
    if (!flat.ok) {
      issues.push(...flat.issues);
      continue;
    }
    values[key as keyof typeof names] = flat.value.map((x, i) => (mask.value[i] === 1 ? Number(x) : 0));
    const bad = flat.value.findIndex((x, i) => mask.value[i] === 1 && !Number.isFinite(x));
    if (bad >= 0) {
      const where = `${name}.${Math.floor(bad / tokens)}.${bad % tokens}`;
      issues.push(
        problem(where, 'a number, since the mask is 1', JSON.stringify(flat.value[bad]), 'Mend the file.'),
      );
    }
  }
  return issues.length > 0 ? { ok: false, issues } : { ok: true, value: values };
}

/** At each completion token how many there have been in its row, itself included; elsewhere 0. */
function positions(mask: readonly (readonly number[])[]): number[] {
  return mask.flatMap((row) => {
    let count = 0;
    return row.map((x) => (x === 1 ? ++count : 0));
  });
}

export function matrix<T>(
  at: string,
  table: readonly (readonly T[])[],
  height: number,
  width: number,
): Checked<T[]> {
  const issues = [
    ...lengthIssues(at, table, height),
    ...table.flatMap((row, i) => lengthIssues(`${at}.${i}`, row, width)),
  ];
  return issues.length > 0 ? { ok: false, issues } : { ok: true, value: table.flatMap((row) => [...row]) };
}

export function lengthIssues(at: string, list: readonly unknown[], length: number): Issue[] {
  if (list.length === length) return [];
  return [problem(at, `${length} entries`, String(list.length), 'Mend the file, or its pairs and tokens.')];
}

export const problem = (at: string, expected: string, received: string, cure: string): Issue => ({
  code: 'losses/damaged',
  at,
  expected,
  received,
  cure,
});

export const fail = (...mistake: Parameters<typeof problem>): { ok: false; issues: Issue[] } => ({
  ok: false,
  issues: [problem(...mistake)],
});

function toIssue(issue: v.BaseIssue<unknown>): Issue {
  return problem(
    v.getDotPath(issue) ?? 'the file',
    issue.expected ?? 'something else',
    issue.received,
    'Mend the file; its form is that of tests/fixtures/trl-losses.json.',
  );
}
