/** A recipe's objective: a named one, or a formula of one's own in its place, with the numbers that the formula reads. */
import type { Checked, Issue } from '../base/errors.ts';
import type { Parameter, ParameterTable } from '../base/parameters.ts';
import { sameValue } from '../base/same.ts';
import type { CheckedFormula } from '../formulas/check.ts';
import { checkFormula, checkParsed } from '../formulas/check.ts';
import { parse } from '../formulas/parse.ts';
import type { Need } from '../formulas/quantities.ts';
import { NEEDS } from '../formulas/quantities.ts';
import { namesIn } from '../formulas/rewrite.ts';
import type { Formula } from '../formulas/syntax.ts';
import { unparse } from '../formulas/unparse.ts';
import { OFFLINE_NEEDS, readsReference } from '../training/pair-quantities.ts';
import { unreadable } from '../training/reward.ts';
import type { Objective } from '../objectives/index.ts';
import { objectives } from '../objectives/index.ts';
import type { Options } from '../objectives/options.ts';
import { rewrittenBy } from '../objectives/options.ts';
import type { UndecidedMeanings, UndecidedPair } from '../objectives/objective.ts';

/** What of an objective decides which formula runs and which numbers it has. */
export interface ObjectiveChoice {
  name: string;
  /** In place of the named objective's formula. */
  formula: string | null;
  /** Numbers that this formula has beyond the named objective's, by name. */
  own: Readonly<Record<string, number>>;
  options: Options;
}

/** Any number of one's own may be set in this range. */
export function ownParameter(name: string): Parameter {
  return {
    label: name.replaceAll('_', ' '),
    min: 0,
    max: 10,
    step: 0.01,
    default: 1,
    unit: '',
    help: 'A number of your own.',
  };
}

/** The numbers of the formula: the named objective's, of which another formula may read only some, and its own. */
export function parametersOf(choice: Omit<ObjectiveChoice, 'options'>): ParameterTable {
  const { name, formula } = choice;
  const parsed = formula === null ? null : parse(formula);
  return withOwn(choice, namedParameters(name, parsed?.ok === true ? parsed.value : null));
}

/** The same, where the named ones have been read already. */
export const withOwn = (
  { formula, own }: Pick<ObjectiveChoice, 'formula' | 'own'>,
  named: ParameterTable,
): ParameterTable => (formula === null ? named : { ...named, ...ownParameters(own) });

/** Those of the named objective that `another` formula reads; null for its own formula, or for one that can't be read. */
function namedParameters(name: string, another: Formula | null): ParameterTable {
  const { parameters } = objectives.get(name) as Objective;
  if (another === null) return parameters;
  const { reads } = namesIn(another);
  return Object.fromEntries(Object.entries(parameters).filter(([key]) => reads.has(key)));
}

const ownParameters = (own: ObjectiveChoice['own']): ParameterTable =>
  Object.fromEntries(Object.keys(own).map((key) => [key, ownParameter(key)]));

/** What a choice comes to: read once, and carried by whatever runs or shows it. */
export interface ReadObjective {
  /** The formula's numbers that the named objective has. */
  named: ParameterTable;
  /** The formula that runs: its own where the choice has one, else the named objective's; under its options. */
  formula: Checked<CheckedFormula>;
}

/** The same, where it has just been read. */
export interface WrittenObjective extends ReadObjective {
  /** The formula as it is written, whatever the options make of it; null for one that can't be read. */
  written: Formula | null;
}

export function readObjective({ name, formula, own, options }: ObjectiveChoice): WrittenObjective {
  const { setting, formula: usual } = objectives.get(name) as Objective;
  const parsed = parse(formula ?? usual);
  const written = parsed.ok ? parsed.value : null;
  const named = namedParameters(name, formula === null ? null : written);
  if (!parsed.ok) return { named, written, formula: parsed };
  const parameters = Object.keys(formula === null ? named : { ...named, ...own });
  const plain = checkParsed(parsed.value, { setting, parameters });
  if (!plain.ok) return { named, written, formula: plain };
  const under = rewrittenBy(setting, parsed.value, options);
  if (!under.ok) return { named, written, formula: under };
  // a rewritten formula has places of its own
  const runs = under.value === null ? plain : checkFormula(unparse(under.value), { setting, parameters });
  return { named, written, formula: runs };
}

export const formulaOf = (choice: ObjectiveChoice): Checked<CheckedFormula> => readObjective(choice).formula;

/** Whether two choices run the same formula, with whatever numbers. */
export function sameFormula(a: ObjectiveChoice, b: ObjectiveChoice): boolean {
  const wording = ({ name, formula, own, options }: ObjectiveChoice): unknown => [
    name,
    formula,
    Object.keys(own),
    options,
  ];
  return sameValue(wording(a), wording(b));
}

/**
 * What becomes of ties and of "both bad", as the objective states it; but a loss of the whole batch has no two orders of
 * one pair, so there `half` is `excluded`.
 */
export function undecidedMeanings(name: string, { shapes }: CheckedFormula): UndecidedMeanings {
  const { tie, bothBad } = objectives.get(name) as Objective;
  const perPair = shapes.get('loss')?.length === 1;
  const meaning = (stated: UndecidedPair): UndecidedPair =>
    stated === 'half' && !perPair ? 'excluded' : stated;
  return { tie: meaning(tie), bothBad: meaning(bothBad) };
}

/** Whether the formula reads the reference; one with mistakes is taken to. */
export const measuresByReference = (formula: Checked<CheckedFormula>): boolean =>
  !formula.ok || readsReference(formula.value);

/** What a formula needs that an offline run over labelled pairs has not. */
export function unmetNeeds({ needs }: CheckedFormula): Need[] {
  return [...needs].filter((need) => !OFFLINE_NEEDS.has(need));
}

/** What a recipe's run trains: the policy, or a reward model (the policy's trunk with a scalar head). */
export type Trained = 'policy' | 'reward';

/** Everything that keeps an offline run from training on it; `read`: as `readObjective` has read it. */
export function objectiveIssues(
  choice: ObjectiveChoice,
  { formula: checked }: ReadObjective,
  trained: Trained = 'policy',
): Issue[] {
  const twice = choice.formula === null ? [] : Object.keys(objectives.get(choice.name)?.parameters ?? {});
  const own = Object.keys(choice.own);
  const wrong = choice.formula === null ? own : own.filter((key) => twice.includes(key));
  if (wrong.length > 0) {
    const expected = 'names that the objective has not, for a formula of its own';
    const cure = 'Set it among the parameters, or write a formula that reads it.';
    return wrong.map((key) => ({
      code: 'recipe/ignored-parameter',
      at: `own.${key}`,
      expected,
      received: key,
      cure,
    }));
  }
  if (!checked.ok) return checked.issues;
  if (trained === 'reward') return rewardIssues(choice, checked.value);
  return unmetNeeds(checked.value).map((need) => ({
    code: 'recipe/unmet-need',
    at: 'name',
    expected: 'an objective over labelled pairs',
    received: `${choice.name}, which needs ${NEEDS[need]}`,
    cure:
      need === 'reward-head'
        ? 'Train a reward model with it on the page /reward/ (on the command line: sway reward), or choose another objective.'
        : 'Choose another objective, or write a formula that reads log-probs and columns of pairs only.',
  }));
}

/** What keeps a reward model from being trained on it. */
function rewardIssues({ name }: ObjectiveChoice, { needs, reads, vocabulary }: CheckedFormula): Issue[] {
  const issue = (received: string, cure: string): Issue => ({
    code: 'recipe/unmet-need',
    at: 'name',
    expected: "an objective over labelled pairs that reads a reward model's head, head_w and head_l",
    received,
    cure,
  });
  if (vocabulary.setting !== 'pairs') {
    return [
      issue(`${name}, which needs ${NEEDS.groups}`, 'Choose bradley_terry or another loss over pairs.'),
    ];
  }
  if (!needs.has('reward-head')) {
    const cure = 'Choose bradley_terry, or train a policy with it: in the Lab, or by sway run.';
    return [issue(`${name}, which reads no head`, cure)];
  }
  return unreadable(reads).map((quantity) =>
    issue(
      `${name}, which reads ${quantity}`,
      'A reward model gives head_w, head_l, len, logp, position and columns of pairs; read those only.',
    ),
  );
}
