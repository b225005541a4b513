/** Several objectives as one: a weighted sum, as TRL's `loss_weights`. One formula text with all names made distinct. */
import type { Checked, Issue } from '../base/errors.ts';
import type { Parameter } from '../base/parameters.ts';
import { REWARD_MEAN } from '../formulas/check.ts';
import { parse } from '../formulas/parse.ts';
import { expression, lines, namesIn, replaceNames } from '../formulas/rewrite.ts';
import type { Expression, Formula } from '../formulas/syntax.ts';
import { unparse } from '../formulas/unparse.ts';
import type { Objective } from './objective.ts';

/** A member; its formula may be another than the built-in one, such as one under options. */
export interface Part {
  objective: Pick<Objective, 'name' | 'setting' | 'parameters' | 'formula'>;
  weight: number;
}

export type Combined = Pick<Objective, 'setting' | 'parameters' | 'formula'>;

const REWARDS = ['rewards_chosen', 'rewards_rejected'] as const;

/**
 * `NAME_` (`NAME_2_` for a second member of that name) stands before every name and parameter of a member; its weight is
 * the parameter `NAME_weight`. The rewards shown are those of the first member that has both.
 */
export function combine(parts: readonly Part[]): Checked<Combined> {
  const [first] = parts;
  if (first === undefined) {
    return failed('at least one objective', 'none', 'Add an objective to the list.', 'objectives');
  }
  const odd = parts.findIndex(({ objective }) => objective.setting !== first.objective.setting);
  if (odd >= 0) {
    const { name, setting } = (parts[odd] as Part).objective;
    const cure = 'Combine objectives over pairs with each other, and those over groups with each other.';
    return failed(
      `an objective over ${first.objective.setting}`,
      `${name}, over ${setting}`,
      cure,
      `objectives.${odd}`,
    );
  }
  const prefixes = parts.map(({ objective: { name } }, i) => {
    const before = parts.slice(0, i).filter((other) => other.objective.name === name).length;
    return before === 0 ? `${name}_` : `${name}_${before + 1}_`;
  });
  const formula: Formula = [];
  const parameters: Record<string, Parameter> = {};
  for (const [i, { objective, weight }] of parts.entries()) {
    const prefix = prefixes[i] as string;
    const parsed = parse(objective.formula);
    if (!parsed.ok) return parsed;
    parameters[`${prefix}weight`] = weightOf(objective.name, weight);
    for (const [name, row] of Object.entries(objective.parameters))
      parameters[prefix + name] = { ...row, label: `${row.label} (${objective.name})` };
    formula.push(...prefixed(parsed.value, prefix, Object.keys(objective.parameters)));
  }
  const assigned = new Set(formula.map(({ name }) => name));
  const rewarding = prefixes.find((prefix) => REWARDS.every((name) => assigned.has(prefix + name)));
  const misled = parts.findIndex(
    (_, i) => prefixes[i] !== rewarding && readsMean(formula, prefixes[i] ?? ''),
  );
  if (misled >= 0) {
    const { name } = (parts[misled] as Part).objective;
    const cure = `Put ${name} first: the running mean is that of the first rewards.`;
    return failed('one running mean of rewards', `${name} after others`, cure, `objectives.${misled}`);
  }
  if (rewarding !== undefined)
    formula.push(...lines(REWARDS.map((name) => `${name} = ${rewarding}${name}`).join('\n')));
  formula.push(...lines(`loss = ${prefixes.map((p) => `${p}weight * ${p}loss`).join(' + ')}`));
  return { ok: true, value: { setting: first.objective.setting, parameters, formula: unparse(formula) } };
}

/** Whether the lines of one member read the running mean of the rewards. */
function readsMean(formula: Formula, prefix: string): boolean {
  return namesIn(formula.filter(({ name }) => name.startsWith(prefix))).reads.has(REWARD_MEAN);
}

function prefixed(formula: Formula, prefix: string, parameters: readonly string[]): Formula {
  const own = new Set([...formula.map(({ name }) => name), ...parameters]);
  const renamed = (name: string): Expression | undefined =>
    own.has(name) ? expression(prefix + name) : undefined;
  return formula.map((line) => ({
    ...line,
    name: prefix + line.name,
    value: replaceNames(line.value, renamed),
  }));
}

function weightOf(name: string, weight: number): Parameter {
  return {
    label: `weight of ${name}`,
    min: Math.min(0, weight),
    max: Math.max(5, weight),
    step: 0.05,
    default: weight,
    unit: '',
    help: `How much ${name} counts in the sum.`,
  };
}

function failed(
  expected: string,
  received: string,
  cure: string,
  at: string,
): { ok: false; issues: Issue[] } {
  return { ok: false, issues: [{ code: 'objective/combination', at, expected, received, cure }] };
}
