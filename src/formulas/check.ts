/** Meaning: every name is known, shapes fit, `loss` depends on the policy, and no parameter is ignored. */
import type { Checked, Issue } from '../base/errors.ts';
import type { Known as NamesKnown } from './mistakes.ts';
import { callIssues, unknownName } from './mistakes.ts';
import { parse } from './parse.ts';
import type { Axis, FormulaShape, Need, Quantity, Setting } from './quantities.ts';
import { describeShape, isPrefix, quantities } from './quantities.ts';
import type { FunctionKind } from './functions.ts';
import { functions } from './functions.ts';
import type { Expression, Formula, Place } from './syntax.ts';
import { linesFor, namesIn } from './rewrite.ts';
import { formulaIssue } from './syntax.ts';

/** What a formula may read. */
export interface Vocabulary {
  setting: Setting;
  /** Numbers that the visitor sets. */
  parameters: readonly string[];
}

/** A formula with what was found out about it. */
export interface CheckedFormula {
  formula: Formula;
  vocabulary: Vocabulary;
  /** Shape of every assigned name. */
  shapes: ReadonlyMap<string, FormulaShape>;
  /** The quantities that it reads. */
  reads: ReadonlySet<string>;
  needs: ReadonlySet<Need>;
}

/** Names whose value, where a formula assigns it, is the reward of a response: shown in the metrics and rankings. */
export const REWARD_NAMES = { w: 'rewards_chosen', l: 'rewards_rejected' } as const;

/** The quantity that is a mean of what stands under these names. */
export const REWARD_MEAN = 'reward_mean';

/** The checked formula, or every mistake in it. */
export function checkFormula(text: string, vocabulary: Vocabulary): Checked<CheckedFormula> {
  const parsed = parse(text);
  return parsed.ok ? checkParsed(parsed.value, vocabulary) : parsed;
}

/** The same of a formula that was parsed. */
export function checkParsed(formula: Formula, vocabulary: Vocabulary): Checked<CheckedFormula> {
  const checker = new Checker(vocabulary, formula);
  formula.forEach((assignment) => checker.assign(assignment.name, assignment.value, assignment.place));
  const issues = [...checker.issues, ...checker.finish()];
  if (issues.length > 0) return { ok: false, issues };
  const { shapes, reads } = checker;
  const given = quantities[vocabulary.setting];
  const needs = new Set([...reads].flatMap((name) => given.get(name)?.needs ?? []));
  return { ok: true, value: { formula, vocabulary, shapes, reads, needs } };
}

/** What is known of an expression: its shape (null after a mistake), and whether the policy's gradient reaches it. */
interface Known {
  shape: FormulaShape | null;
  trains: boolean;
}

/** Needs of quantities that every formula of a setting can count on. */
const usual = (needs: Need | null): boolean => needs === null || needs === 'groups';

function toGroup(shape: FormulaShape, setting: Setting): string {
  if (shape.includes('k')) return 'Reduce tokens first, with sum_t or mean_t.';
  return setting === 'groups'
    ? 'Leave the function out.'
    : 'Only objectives over groups have that axis; over the batch there are sum, mean, std, sort and rank.';
}

function toOneAPair(last: Axis | undefined, name: string): string {
  if (last === undefined) return 'Leave the function out.';
  return last === 'k'
    ? `Within a group it is ${name}_k; over the batch, reduce the group first, with sum_k or mean_k.`
    : 'Reduce tokens first, with sum_t or mean_t.';
}

/** Functions through which no gradient flows. */
const FLAT: ReadonlySet<string> = new Set(['stop_grad', 'sign', 'rank', 'rank_k']);

class Checker {
  readonly issues: Issue[] = [];
  readonly shapes = new Map<string, FormulaShape>();
  readonly reads = new Set<string>();
  private readonly used = new Set<string>();
  private readonly assigned = new Map<string, Known>();
  private readonly given: ReadonlyMap<string, Quantity>;

  constructor(
    private readonly vocabulary: Vocabulary,
    private readonly formula: Formula,
  ) {
    this.given = quantities[vocabulary.setting];
  }

  assign(name: string, value: Expression, place: Place): void {
    const known = this.visit(value);
    if (this.given.has(name) || this.vocabulary.parameters.includes(name) || functions.has(name)) {
      const received = `'${name}', which has a meaning already`;
      this.issues.push(
        formulaIssue('taken-name', place, 'a new name', received, `Choose another name than ${name}.`),
      );
    } else if (this.assigned.has(name)) {
      const cure = 'Give the second value another name; a name keeps its value.';
      this.issues.push(
        formulaIssue('assigned-twice', place, 'a new name', `'${name}', assigned above`, cure),
      );
    } else if (name.includes('[')) {
      const cure = 'Leave the brackets out; a name has the shape of its value.';
      this.issues.push(formulaIssue('indexed-name', place, 'a plain name', `'${name}'`, cure));
    }
    this.assigned.set(name.replace(/\[.\]$/, ''), known);
    if (known.shape !== null) this.shapes.set(name, known.shape);
  }

  /** Mistakes of the formula as a whole. */
  finish(): Issue[] {
    const { formula } = this;
    const end = { line: (formula.at(-1)?.place.line ?? 0) + 1, column: 1 };
    const issues: Issue[] = [];
    const loss = this.assigned.get('loss');
    const at = formula.find(({ name }) => name === 'loss')?.place ?? end;
    if (loss === undefined) {
      const cure = 'Say what is minimised: loss = ...';
      issues.push(formulaIssue('no-loss', end, 'a line that starts with loss =', 'none', cure));
    } else if (loss.shape !== null && loss.shape.length > 1) {
      const cure = 'Reduce it: sum_t or mean_t over tokens, sum_k or mean_k over a group.';
      issues.push(
        formulaIssue(
          'loss-shape',
          at,
          'a loss with one number a pair, or one in all',
          describeShape(loss.shape),
          cure,
        ),
      );
    } else if (loss.shape !== null && !loss.trains && this.issues.length === 0) {
      const expected = 'a loss that depends on the policy';
      const cure = `Use a log-prob of the policy, such as ${this.given.has('logp_w') ? 'logp_w' : 'logp'}, outside of stop_grad.`;
      issues.push(formulaIssue('loss-without-policy', at, expected, 'one that training cannot change', cure));
    }
    const rewards = linesFor(formula, Object.values(REWARD_NAMES));
    if (rewards.reads.has(REWARD_MEAN)) {
      const place = rewards.lines.find((line) => namesIn([line]).reads.has(REWARD_MEAN))?.place ?? end;
      const cure = `Assign the rewards without it, and read ${REWARD_MEAN} in the lines of the loss only.`;
      issues.push(
        formulaIssue(
          'circular',
          place,
          'rewards that do not depend on their own mean',
          `'${REWARD_MEAN}'`,
          cure,
        ),
      );
    }
    // where something else is wrong, it is likely a misspelt name of one
    const ignored = this.issues.length + issues.length > 0 ? [] : this.vocabulary.parameters;
    for (const parameter of ignored.filter((p) => !this.used.has(p))) {
      const cure = `Use ${parameter} in the formula, or remove the parameter.`;
      issues.push(
        formulaIssue('ignored-parameter', end, `${parameter} to be used`, 'a formula without it', cure),
      );
    }
    return issues;
  }

  private visit(e: Expression): Known {
    switch (e.kind) {
      case 'number':
        return { shape: [], trains: false };
      case 'name':
        return this.name(e.name, e.place);
      case 'negate':
        return this.visit(e.operand);
      case 'binary': {
        const joined = this.join([this.visit(e.left), this.visit(e.right)], e.place, `'${e.operator}'`);
        return '<>'.includes(e.operator[0] as string) ? { ...joined, trains: false } : joined;
      }
      case 'call':
        return this.call(e);
      default:
        return e satisfies never;
    }
  }

  private name(name: string, place: Place): Known {
    this.used.add(name);
    const assigned = this.assigned.get(name);
    if (assigned !== undefined) return assigned;
    const quantity = this.given.get(name);
    if (quantity !== undefined) {
      this.reads.add(name);
      return { shape: quantity.shape, trains: !quantity.frozen };
    }
    if (this.vocabulary.parameters.includes(name)) return { shape: [], trains: false };
    this.issues.push(unknownName(name, place, this.known()));
    return { shape: null, trains: false };
  }

  /** Every name that has a value at this point. */
  private known(): NamesKnown {
    const own = [...this.assigned.keys(), ...this.vocabulary.parameters];
    const cheap = [...this.given].filter(([name, { needs }]) => !name.includes('[') && usual(needs));
    return {
      values: [...this.given.keys(), ...own],
      common: [...own, ...cheap.map(([name]) => name)],
      later: new Set(this.formula.map(({ name }) => name).filter((name) => !this.assigned.has(name))),
    };
  }

  private call(e: Extract<Expression, { kind: 'call' }>): Known {
    const wrong = callIssues(e, this.known());
    this.issues.push(...wrong);
    const inputs = e.arguments.map((argument) => this.visit(argument));
    const row = functions.get(e.name);
    if (wrong.length > 0 || row === undefined) return { shape: null, trains: false };
    const flows = e.name === 'where' ? inputs.slice(1) : inputs;
    const trains = !FLAT.has(e.name) && flows.some((input) => input.trains);
    if (row.kind === 'elementwise') return { shape: this.join(inputs, e.place, e.name).shape, trains };
    return { shape: this.reduce(e.name, row.kind, inputs[0]?.shape ?? null, e.place), trains };
  }

  /** The larger of shapes that can be spread over each other. */
  private join(inputs: readonly Known[], place: Place, what: string): Known {
    const trains = inputs.some((input) => input.trains);
    let shape: FormulaShape = [];
    for (const input of inputs) {
      if (input.shape === null) return { shape: null, trains };
      if (isPrefix(shape, input.shape)) shape = input.shape;
      else if (!isPrefix(input.shape, shape)) {
        const received = `${describeShape(shape)} and ${describeShape(input.shape)}`;
        const cure = 'Reduce each side first, with sum_t or mean_t: tokens of two responses do not line up.';
        this.issues.push(
          formulaIssue('shapes', place, `sides of ${what} that fit each other`, received, cure),
        );
        return { shape: null, trains };
      }
    }
    return { shape, trains };
  }

  private reduce(
    name: string,
    kind: Exclude<FunctionKind, 'elementwise'>,
    shape: FormulaShape | null,
    place: Place,
  ): FormulaShape | null {
    if (shape === null) return null;
    const last = shape.at(-1);
    const fail = (expected: string, cure: string): null => {
      this.issues.push(formulaIssue('shapes', place, `${expected} in ${name}`, describeShape(shape), cure));
      return null;
    };
    switch (kind) {
      case 'tokens':
        if (last?.startsWith('t') === true) return shape.slice(0, -1);
        return fail(
          'one number a token',
          'Index the quantity by token, as in logp_w[t], or leave the function out.',
        );
      case 'group':
      case 'group-wise':
        if (last === 'k') return kind === 'group' ? shape.slice(0, -1) : shape;
        return fail('one number a response of a group', toGroup(shape, this.vocabulary.setting));
      case 'batch':
        if (last === 'b' || last === 'k') return [];
        return fail('one number a pair', toOneAPair(last, name));
      case 'batch-wise':
        if (last === 'b') return shape;
        return fail('one number a pair', toOneAPair(last, name));
      default:
        return kind satisfies never;
    }
  }
}
