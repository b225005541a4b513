/**
 * The cases of a file of losses computed elsewhere: each becomes an objective's formula, its inputs as per-token
 * log-probs, and the numbers to be reached.
 */
import type { Checked } from '../base/errors.ts';
import type { CheckedFormula } from '../formulas/check.ts';
import type { Need } from '../formulas/quantities.ts';
import { checkObjective } from '../objectives/check.ts';
import type { Objective } from '../objectives/index.ts';
import { objectives } from '../objectives/index.ts';
import type { Options } from '../objectives/options.ts';
import { IGNORED_OPTION, NO_OPTIONS, withOptions } from '../objectives/options.ts';
import { beta } from '../objectives/parameters.ts';
import type { DpoCase, SequenceCase, TokenRows } from './loss-file.ts';
import { fail, lengthIssues, matrix, readLossFile, tokenRows } from './loss-file.ts';

export interface LossCase {
  /** `dpo.3` */
  at: string;
  label: string;
  formula: CheckedFormula;
  parameters: Readonly<Record<string, number>>;
  /** The assigned name whose mean over the pairs the file calls loss. */
  term: string;
  pairs: number;
  tokens: number;
  inputs: TokenRows;
  /** KTO's estimate, where the case gives one. */
  kl: number;
  /** BCO's running mean of rewards, where the case gives one. */
  delta: number;
  expected: { loss: readonly number[]; per_pair: readonly number[] | null; gradient: readonly number[] };
  /** Options that the trainer itself ignores for this loss. */
  ignored: readonly string[];
}

/** Every case, or every mistake in the file. */
export function readLossCases(input: unknown): Checked<LossCase[]> {
  const file = readLossFile(input);
  if (!file.ok) return file;
  const { dpo, sequence } = file.value;
  const read = [
    ...dpo.map((row, i) => dpoToCase(`dpo.${i}`, row)),
    ...sequence.map((row, i) => sequenceToCase(`sequence.${i}`, row)),
  ];
  const issues = read.flatMap((one) => (one.ok ? [] : one.issues));
  if (issues.length > 0) return { ok: false, issues };
  return { ok: true, value: read.flatMap((one) => (one.ok ? [one.value] : [])) };
}

function dpoToCase(at: string, row: DpoCase): Checked<LossCase> {
  const { pairs, tokens, beta, label_smoothing, discopop_tau } = row;
  const objective = objectiveOf(at, 'dpo', row.loss_type);
  const perToken = tokenRows(at, row);
  const gradient = matrix(`${at}.grad_logps`, row.grad_logps, 2 * pairs, tokens);
  const issues = [objective, perToken, gradient].flatMap((one) => (one.ok ? [] : one.issues));
  if (row.per_pair !== null) issues.push(...lengthIssues(`${at}.per_pair`, row.per_pair, pairs));
  if (!objective.ok || !perToken.ok || !gradient.ok || issues.length > 0) return { ok: false, issues };
  const { f_divergence, f_alpha, ld_alpha, weighting } = row;
  const alpha = f_divergence === 'alpha_divergence' ? f_alpha : null;
  const named = valuesOf(objective.value, { beta, label_smoothing, tau: discopop_tau });
  const { rounded, parameters } = asTrlRounds(objective.value, named);
  const formula = formulaUnder(at, rounded, { f_divergence, f_alpha: alpha, ld_alpha, weighting });
  if (!formula.ok) return formula;
  const options = [
    f_divergence === 'reverse_kl' ? '' : f_divergence + (alpha === null ? '' : ` ${alpha}`),
    ld_alpha === null ? '' : `ld_alpha ${ld_alpha}`,
    weighting ? 'weighting' : '',
  ];
  return {
    ok: true,
    value: {
      at,
      label: [row.loss_type, ...words(named), ...options].filter((word) => word !== '').join(' '),
      formula: formula.value.checked,
      ignored: formula.value.ignored,
      parameters,
      term: 'loss',
      pairs,
      tokens,
      inputs: perToken.value,
      kl: 0,
      delta: 0,
      expected: { loss: [row.loss], per_pair: row.per_pair, gradient: gradient.value },
    },
  };
}

/** One number a response is a response of one token: its sum and its mean are that number. */
function sequenceToCase(at: string, row: SequenceCase): Checked<LossCase> {
  const { trainer, chosen, rejected, beta, label_smoothing, desirable_weight, undesirable_weight, delta } =
    row;
  const pairs = chosen.length;
  const zeros = chosen.map(() => 0);
  const columns = {
    rejected,
    ref_chosen: row.ref_chosen ?? zeros,
    ref_rejected: row.ref_rejected ?? zeros,
    grad_chosen: row.grad_chosen,
    grad_rejected: row.grad_rejected,
  };
  const issues = Object.entries(columns).flatMap(([key, list]) => lengthIssues(`${at}.${key}`, list, pairs));
  const curved = trainer === 'cpo' && row.loss_type === 'simpo' && row.alpha !== 0;
  const objective = objectiveOf(at, trainer, curved ? 'alphapo' : (row.loss_type ?? trainer));
  if (!objective.ok) issues.push(...objective.issues);
  if (!objective.ok || issues.length > 0) return { ok: false, issues };
  if (row.alpha !== 0 && objective.value.parameters['alpha'] === undefined) {
    const cure = 'Of the CPO losses, only simpo and alphapo are known with an alpha.';
    return fail(`${at}.alpha`, `0 for ${row.loss_type}`, String(row.alpha), cure);
  }
  const formula = formulaUnder(at, objective.value, NO_OPTIONS);
  if (!formula.ok) return formula;
  // the file's losses stand without the mean log-loss of the chosen
  const weights = { cpo_alpha: 0, desirable_weight, undesirable_weight };
  const gamma = row.simpo_gamma ?? objective.value.parameters['gamma']?.default ?? 0;
  const parameters = valuesOf(objective.value, {
    beta,
    label_smoothing,
    gamma,
    alpha: row.alpha,
    ...weights,
  });
  const estimates: Record<string, number> = {
    ...(row.kl === undefined ? {} : { kl: row.kl }),
    ...(formula.value.checked.needs.has('running-mean') ? { delta } : {}),
  };
  const ones = [...chosen, ...rejected].map(() => 1);
  return {
    ok: true,
    value: {
      at,
      label: [trainer, row.loss_type ?? '', ...words(parameters), ...words(estimates)]
        .filter((word) => word !== '')
        .join(' '),
      formula: formula.value.checked,
      ignored: [],
      parameters,
      term: trainer === 'orpo' ? 'odds_ratio' : 'loss',
      pairs,
      tokens: 1,
      inputs: {
        logp: [...chosen, ...rejected],
        ref: [...columns.ref_chosen, ...columns.ref_rejected],
        mask: ones,
        position: ones,
        p_squared: ones,
      },
      kl: row.kl ?? 0,
      delta,
      expected: { loss: [row.loss], per_pair: null, gradient: [...row.grad_chosen, ...row.grad_rejected] },
    },
  };
}

/** What a case can give besides log-probs under policy and reference. */
const GIVEN: ReadonlySet<Need> = new Set<Need>(['mismatched', 'running-mean', 'sum-p-squared']);

function canRun(objective: Objective): boolean {
  const checked = checkObjective(objective);
  return (
    objective.setting === 'pairs' && checked.ok && [...checked.value.needs].every((need) => GIVEN.has(need))
  );
}

function objectiveOf(at: string, trainer: string, lossType: string): Checked<Objective> {
  const known = [...objectives.values()].filter((objective) => objective.trl !== null && canRun(objective));
  const found = known.find(({ trl }) => trl?.trainer === trainer && trl.loss_type === lossType);
  if (found !== undefined) return { ok: true, value: found };
  const ofTrainer = known.flatMap(({ trl }) => (trl?.trainer === trainer ? [trl.loss_type] : []));
  if (ofTrainer.length === 0) {
    const trainers = [...new Set(known.map(({ trl }) => trl?.trainer))].join(', ');
    return fail(`${at}.trainer`, `one of ${trainers}`, trainer, 'Check the spelling, or remove the case.');
  }
  const expected = `one of ${ofTrainer.join(', ')}`;
  return fail(`${at}.loss_type`, expected, lossType, 'Check the spelling, or remove the case.');
}

/** Numbers that TRL computes in float32 whatever the precision of the rest: by line of the formula. */
const FLOAT32_LINES: Record<string, Record<string, (smoothing: number) => number>> = {
  exo_pair: {
    log_pw: (smoothing) => Math.fround(Math.log1p(-Math.fround(smoothing))),
    log_pl: (smoothing) => Math.fround(Math.log(Math.fround(smoothing))),
  },
};

type Formulated = Pick<Objective, 'setting' | 'formula' | 'parameters'>;

/** The formula with those lines as parameters in place of the label smoothing that they are made of. */
function asTrlRounds(
  { name, setting, formula, parameters }: Objective,
  values: Record<string, number>,
): { rounded: Formulated; parameters: Record<string, number> } {
  const lines = FLOAT32_LINES[name];
  if (lines === undefined) return { rounded: { setting, formula, parameters }, parameters: values };
  const { label_smoothing: smoothing = 0, ...others } = values;
  const given = Object.fromEntries(Object.entries(lines).map(([line, value]) => [line, value(smoothing)]));
  const kept = formula.split('\n').filter((line) => !Object.hasOwn(lines, line.split(' ')[0] ?? ''));
  const named = { ...others, ...given };
  const table = Object.fromEntries(Object.keys(named).map((key) => [key, beta]));
  return { rounded: { setting, formula: kept.join('\n'), parameters: table }, parameters: named };
}

/** The objective under the options; those that TRL ignores for this loss are left out, and named. */
function formulaUnder(
  at: string,
  { setting, formula, parameters }: Formulated,
  options: Options,
): Checked<{ checked: CheckedFormula; ignored: string[] }> {
  const first = withOptions(setting, formula, options);
  const ignored = first.ok ? [] : first.issues.filter(({ code }) => code === IGNORED_OPTION).map((i) => i.at);
  const kept = Object.fromEntries(Object.entries(options).filter(([key]) => !ignored.includes(key)));
  const fAlpha = ignored.includes('f_divergence') ? { f_alpha: null } : {};
  const text =
    ignored.length === 0 ? first : withOptions(setting, formula, { ...NO_OPTIONS, ...kept, ...fAlpha });
  const checked = text.ok ? checkObjective({ setting, parameters, formula: text.value }) : text;
  if (checked.ok) return { ok: true, value: { checked: checked.value, ignored } };
  return { ok: false, issues: checked.issues.map((issue) => ({ ...issue, at: `${at}.${issue.at}` })) };
}

/** What the objective takes of the numbers that the case gives. */
function valuesOf({ parameters }: Objective, given: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(parameters).map(([key, row]) => [key, given[key] ?? row.default]));
}

const words = (parameters: Record<string, number>): string[] =>
  Object.entries(parameters).map(([key, value]) => `${key} ${value}`);
