/**
 * TRL's options of its DPO losses, as rewritings of a formula: an f-divergence in place of the log-ratio, length
 * desensitising (LD-DPO), weights of the pairs (WPO). An option that would change nothing is an issue, never silence.
 */
import type { Checked, Issue } from '../base/errors.ts';
import type { Parameter } from '../base/parameters.ts';
import { parse } from '../formulas/parse.ts';
import { expression, freshName, lines, namesIn, replaceNames } from '../formulas/rewrite.ts';
import type { Expression, Formula } from '../formulas/syntax.ts';
import { unparse } from '../formulas/unparse.ts';
import type { Objective } from './objective.ts';

export const F_DIVERGENCES = ['reverse_kl', 'forward_kl', 'js_divergence', 'alpha_divergence'] as const;

export interface Options {
  /** What keeps the policy near the reference: a response is measured by f' of its probability ratio, up to a constant. */
  f_divergence: (typeof F_DIVERGENCES)[number];
  /** Of the alpha divergence, and only there. */
  f_alpha: number | null;
  /** LD-DPO: weight, 0 to 1, of the tokens beyond the length of the shorter response; null for no such weight. */
  ld_alpha: number | null;
  /** WPO: a pair counts as much as the policy would write it, relative to its own confidence. */
  weighting: boolean;
}

export const NO_OPTIONS: Options = {
  f_divergence: 'reverse_kl',
  f_alpha: null,
  ld_alpha: null,
  weighting: false,
};

/** The range of the options that are numbers. */
export const optionParameters = {
  f_alpha: {
    label: 'alpha of the divergence',
    min: -3,
    max: 3,
    step: 0.05,
    default: 0.5,
    unit: '',
    help: 'At 1 the reverse KL; below it improbable responses pull harder, above it probable ones.',
  },
  ld_alpha: {
    label: 'weight of the tail',
    min: 0,
    max: 1,
    step: 0.05,
    default: 0.5,
    unit: '',
    help: 'How much the tokens beyond the shorter length count; 1 is no change.',
  },
} satisfies Record<string, Parameter>;

/** Code of the issue of an option that would change nothing. */
export const IGNORED_OPTION = 'objective/ignored-option';

/** The lines that an f-divergence rewrites. */
const MEASURES: readonly string[] = ['h_w', 'h_l'];
const SUMS: readonly string[] = ['logp_w', 'logp_l', 'ref_w', 'ref_l'];
/** TRL's bound on the exponent of the alpha divergence. */
const LARGEST_EXPONENT = 80;

/** The formula's text under the options, or every option that does not fit it. `at` of an issue is the option's name. */
export function withOptions(setting: Objective['setting'], text: string, options: Options): Checked<string> {
  const parsed = parse(text);
  if (!parsed.ok) return parsed;
  const rewritten = rewrittenBy(setting, parsed.value, options);
  if (!rewritten.ok) return rewritten;
  return { ok: true, value: rewritten.value === null ? text : unparse(rewritten.value) };
}

/** Every option that does not fit the formula. */
export const optionIssues = (setting: Objective['setting'], parsed: Formula, options: Options): Issue[] => [
  ...divergenceIssues(parsed, options),
  ...lengthIssues(parsed, options),
  ...weightingIssues(setting, parsed, options),
];

/** As `withOptions`, of a formula that was parsed; null where the options leave it as it is. */
export function rewrittenBy(
  setting: Objective['setting'],
  parsed: Formula,
  options: Options,
): Checked<Formula | null> {
  const issues = optionIssues(setting, parsed, options);
  if (issues.length > 0) return { ok: false, issues };
  const measure = divergenceOf(options);
  if (measure === null && options.ld_alpha === null && !options.weighting) return { ok: true, value: null };
  let formula = parsed;
  if (options.ld_alpha !== null) formula = desensitised(formula, options.ld_alpha);
  if (measure !== null) formula = diverging(formula, measure);
  if (options.weighting) formula = weighted(formula);
  return { ok: true, value: formula };
}

/** f'(ratio) without its constant, as a function of the log-ratio h; null where that is h itself. */
function divergenceOf({ f_divergence, f_alpha }: Options): Expression | null {
  switch (f_divergence) {
    case 'reverse_kl':
      return null;
    case 'forward_kl':
      return expression('-exp(-h)');
    case 'js_divergence':
      return expression('log_sigmoid(h)');
    case 'alpha_divergence': {
      const power = (f_alpha as number) - 1;
      // in the limit the log-ratio, as in TRL
      if (Math.abs(power) < 1e-6) return null;
      return expression(`exp(min(${power} * h, ${LARGEST_EXPONENT})) / ${power}`);
    }
    default:
      return f_divergence satisfies never;
  }
}

function diverging(formula: Formula, measure: Expression): Formula {
  return formula.map((line) =>
    MEASURES.includes(line.name)
      ? { ...line, value: replaceNames(measure, (name) => (name === 'h' ? line.value : undefined)) }
      : line,
  );
}

/** Summed log-probs with weight `alpha` on the tokens after the length of the shorter response. */
function desensitised(formula: Formula, alpha: number): Formula {
  const taken = new Set(formula.map(({ name }) => name));
  const read = SUMS.filter((name) => namesIn(formula).reads.has(name));
  const fresh = new Map(read.map((name) => [name, freshName(`ld_${name}`, taken)]));
  const shared = freshName('shared_length', taken);
  const sums = [...fresh].map(([name, sum]) => {
    const position = `position_${name.endsWith('_w') ? 'w' : 'l'}[t]`;
    return `${sum} = sum_t(where(${position} <= ${shared}, 1, ${alpha}) * ${name}[t])`;
  });
  const renamed = formula.map((line) => ({
    ...line,
    value: replaceNames(line.value, (name) =>
      fresh.has(name) ? expression(fresh.get(name) as string) : undefined,
    ),
  }));
  return [...lines([`${shared} = min(len_w, len_l)`, ...sums].join('\n')), ...renamed];
}

/** The loss times how probable each response is per token, relative to a response drawn from the policy. */
function weighted(formula: Formula): Formula {
  const taken = new Set(formula.map(({ name }) => name));
  const names = ['w', 'l'].map((side) => freshName(`wpo_${side}`, taken));
  const weights = ['w', 'l'].map(
    (side, i) => `${names[i]} = stop_grad(exp(mean_t(logp_${side}[t] - log(p_squared_${side}[t]))))`,
  );
  const product = expression(`loss * ${names.join(' * ')}`);
  return formula.flatMap((line) =>
    line.name === 'loss'
      ? [
          ...lines(weights.join('\n')),
          { ...line, value: replaceNames(product, (name) => (name === 'loss' ? line.value : undefined)) },
        ]
      : [line],
  );
}

const issue = (at: string, expected: string, received: string, cure: string): Issue => ({
  code: IGNORED_OPTION,
  at,
  expected,
  received,
  cure,
});

function divergenceIssues(formula: Formula, { f_divergence, f_alpha }: Options): Issue[] {
  const issues: Issue[] = [];
  const measured = MEASURES.every((name) => formula.some((line) => line.name === name));
  if (f_divergence !== 'reverse_kl' && !measured) {
    const expected = 'reverse_kl, since this formula has no lines h_w = ... and h_l = ... to rewrite';
    const cure =
      'Leave the divergence as it is, or choose an objective that measures by log-ratios h_w and h_l.';
    issues.push(issue('f_divergence', expected, f_divergence, cure));
  }
  if (f_divergence !== 'alpha_divergence' && f_alpha !== null) {
    const expected = `null, since ${f_divergence} would ignore it`;
    issues.push(issue('f_alpha', expected, String(f_alpha), 'Set it to null, or choose alpha_divergence.'));
  }
  if (f_divergence === 'alpha_divergence' && f_alpha === null) {
    const cure = "Write a number; TRL's default is 0.5.";
    issues.push({
      ...issue('f_alpha', 'a number for the alpha divergence', 'null', cure),
      code: 'objective/missing-option',
    });
  }
  return issues;
}

function lengthIssues(formula: Formula, { ld_alpha }: Options): Issue[] {
  const { reads } = namesIn(formula);
  if (ld_alpha === null || SUMS.some((name) => reads.has(name))) return [];
  const expected = `null, since this formula reads none of ${SUMS.join(', ')}`;
  const cure = 'Set it to null, or choose an objective over summed log-probs.';
  return [issue('ld_alpha', expected, String(ld_alpha), cure)];
}

function weightingIssues(setting: Objective['setting'], formula: Formula, { weighting }: Options): Issue[] {
  if (!weighting) return [];
  const wrong = (expected: string, cure: string): Issue[] => [
    { ...issue('weighting', expected, 'true', cure), code: 'objective/unfit-option' },
  ];
  if (setting !== 'pairs')
    return wrong('false, since this objective has no pairs', 'Leave the weighting out.');
  if (namesIn(formula).calls.has('sort')) {
    return wrong(
      'false, since this formula sorts the batch and its losses belong to no pair',
      'Leave the weighting out, or choose an objective that does not sort.',
    );
  }
  return [];
}
