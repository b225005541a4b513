/** The changes of a story as what each of them sets: `{ "optimiser.lr": 0.001 }`. */
import * as v from 'valibot';
import type { Checked } from '../base/errors.ts';
import { StateError } from '../base/errors.ts';
import type { Parameter } from '../base/parameters.ts';
import { sameValue } from '../base/same.ts';
import { objectives } from '../objectives/index.ts';
import { ownParameter, sameFormula } from '../recipes/objective.ts';
import { loopParameters } from '../recipes/parameters.ts';
import type { Recipe } from '../recipes/schema.ts';
import { sameShape } from '../recipes/shape.ts';
import type { Change } from '../runs/story.ts';
import { MOST_CHANGES } from '../runs/story.ts';
import type { Worlds } from '../worlds/index.ts';
import type { Plain } from './compact.ts';
import { checked, compactObjective, isPlain } from './compact.ts';
import { linkIssue } from './issues.ts';

/** Characters of all formulas of a story's changes together. */
const MOST_FORMULA_IN_ALL = 100_000;

export const MOST_STEPS = loopParameters.steps.max;

/** Paths whose values are numbers or names; the loss as a whole stands under `objective`. */
const NUMBERS_AT = ['optimiser', 'loop', 'labels'] as const;
const OBJECTIVE = 'objective';
const RECORDED = 'labels.recorded';
const SETTABLE = /^(?:(optimiser|loop|labels)|objective\.(parameters|own))\.([A-Za-z]\w{0,39})$/;

export const packedChanges = v.pipe(
  v.array(
    v.strictObject({
      /** Updates made before it. */
      step: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(MOST_STEPS)),
      set: v.pipe(v.record(v.string(), v.unknown()), v.maxEntries(60)),
    }),
  ),
);
export type PackedChanges = v.InferOutput<typeof packedChanges>;

/** What a change sets beside the recorded labels. */
export function packChange(before: Recipe, after: Recipe): Plain {
  if (!sameShape(before, after))
    throw new StateError('a story has a change that its run could not have taken.');
  const set: Plain = {};
  for (const part of NUMBERS_AT) {
    for (const [key, value] of Object.entries(after[part])) {
      const was = (before[part] as Plain)[key];
      if (key !== 'recorded' && value !== was) set[`${part}.${key}`] = value;
    }
  }
  if (!sameLoss(before, after)) set[OBJECTIVE] = compactObjective(after.objective);
  else {
    for (const part of ['parameters', 'own'] as const) {
      for (const [key, value] of Object.entries(after.objective[part])) {
        if (value !== before.objective[part][key]) set[`${OBJECTIVE}.${part}.${key}`] = value;
      }
    }
  }
  return set;
}

/** Whether only numbers of the loss differ. */
function sameLoss({ objective: a }: Recipe, { objective: b }: Recipe): boolean {
  return sameFormula(a, b) && sameValue(Object.keys(a.parameters), Object.keys(b.parameters));
}

/**
 * The recipes of the story, each checked. A formula is checked only where a change brings one: 200 long ones take seconds.
 * `recordedOf` checks what a change records.
 */
export function unpackChanges(
  packed: PackedChanges,
  first: Recipe,
  worlds: Worlds,
  recordedOf: (value: unknown, at: string) => Checked<Recipe['labels']['recorded']>,
  most = MOST_CHANGES,
): Checked<Change[]> {
  if (packed.length > most) {
    const expected = `at most ${most} changes`;
    return linkIssue('story', 'changes', expected, String(packed.length), 'Share a run with fewer changes.');
  }
  const formulas = packed.reduce((sum, { set }) => sum + formulaLength(set[OBJECTIVE]), 0);
  if (formulas > MOST_FORMULA_IN_ALL) {
    const expected = `formulas of at most ${MOST_FORMULA_IN_ALL} characters in all`;
    return linkIssue('story', 'changes', expected, String(formulas), 'Share a run with fewer changes.');
  }
  const changes: Change[] = [];
  let recipe = first;
  for (const [i, { step, set }] of packed.entries()) {
    const at = `changes.${i}`;
    if (step <= (changes.at(-1)?.step ?? 0)) {
      const expected = 'steps that rise from change to change';
      return linkIssue('story', `${at}.step`, expected, String(step), 'Put the changes in order.');
    }
    const next = changed(recipe, set, worlds, `${at}.set: `);
    if (!next.ok) return next;
    if (!sameShape(recipe, next.value)) {
      const cure = 'World, model, batch and seed stay the same in a run.';
      return linkIssue('story', `${at}.set`, 'a change that a run can take', 'another run', cure);
    }
    let { recorded } = recipe.labels;
    if (Object.hasOwn(set, RECORDED)) {
      const list = recordedOf(set[RECORDED], `${at}.set.${RECORDED}`);
      if (!list.ok) return list;
      recorded = list.value;
    }
    recipe = { ...next.value, labels: { ...next.value.labels, recorded } };
    changes.push({ step, recipe });
  }
  return { ok: true, value: changes };
}

function formulaLength(objective: unknown): number {
  const formula = isPlain(objective) ? objective['formula'] : undefined;
  return typeof formula === 'string' ? formula.length : 0;
}

/** The recipe after a change, without recorded labels. */
function changed(before: Recipe, set: Plain, worlds: Worlds, at: string): Checked<Recipe> {
  const { objective: _objective, ...input }: Plain = {
    ...before,
    labels: { ...before.labels, recorded: [] },
  };
  let loss = before.objective;
  if (Object.hasOwn(set, OBJECTIVE)) {
    const { world, version } = before;
    const other = checked({ version, world, objective: set[OBJECTIVE] }, worlds, at);
    if (!other.ok) return other;
    loss = other.value.recipe.objective;
  }
  for (const [path, value] of Object.entries(set)) {
    if (path === RECORDED || path === OBJECTIVE) continue;
    const [, part, ofLoss, key] = SETTABLE.exec(path) ?? [];
    if (part !== undefined && key !== undefined) {
      input[part] = { ...(input[part] as Plain), [key]: value };
    } else if (ofLoss !== undefined && key !== undefined) {
      const next = withNumber(loss, ofLoss as 'parameters' | 'own', key, value, at + path);
      if (!next.ok) return next;
      loss = next.value;
    } else {
      const expected = 'what a run can change, such as optimiser.lr';
      return linkIssue('story', at + path, expected, path, 'Remove it, or check its spelling.');
    }
  }
  const rest = checked(input, worlds, at);
  return rest.ok ? { ok: true, value: { ...rest.value.recipe, objective: loss } } : rest;
}

/** `parametersOf` would parse the formula for it. */
function rowOf(name: string, part: 'parameters' | 'own', key: string): Parameter | undefined {
  return part === 'own' ? ownParameter(key) : objectives.get(name)?.parameters[key];
}

/** The loss with another value of a number that it has. */
function withNumber(
  loss: Recipe['objective'],
  part: 'parameters' | 'own',
  key: string,
  value: unknown,
  at: string,
): Checked<Recipe['objective']> {
  const row = Object.hasOwn(loss[part], key) ? rowOf(loss.name, part, key) : undefined;
  if (row === undefined) {
    const expected = `one of ${Object.keys(loss[part]).join(', ') || 'no numbers'}`;
    return linkIssue('story', at, expected, key, 'Remove it, or check its spelling.');
  }
  if (typeof value === 'number' && value >= row.min && value <= row.max) {
    return { ok: true, value: { ...loss, [part]: { ...loss[part], [key]: value } } };
  }
  const expected = `a number from ${row.min} to ${row.max}`;
  const received = typeof value === 'number' ? String(value) : typeof value;
  return linkIssue('out-of-range', at, expected, received, 'Choose a number in that range.');
}
