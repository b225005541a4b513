/** Which recipes can run: everything that their shape alone does not say. */
import * as v from 'valibot';
import type { Checked, Issue } from '../base/errors.ts';
import { InvalidInputError, StateError } from '../base/errors.ts';
import type { ParameterTable } from '../base/parameters.ts';
import type { CheckedFormula } from '../formulas/check.ts';
import { labelers } from '../labelers/index.ts';
import type { UndecidedMeanings } from '../objectives/objective.ts';
import { DATA_WORLD, WORLD_NAMES, worldsOf, type Worlds } from '../worlds/index.ts';
import type { World } from '../worlds/world.ts';
import type { ReadObjective, Trained } from './objective.ts';
import {
  measuresByReference,
  objectiveIssues,
  readObjective,
  sameFormula,
  undecidedMeanings,
} from './objective.ts';
import { syncParameters } from './parameters.ts';
import { parsed } from './parse.ts';
import type { ParsedRecipe, Recipe } from './schema.ts';
import { RECIPE_VERSION, recipeSchema, toIssue } from './schema.ts';

/** A recipe that was checked, with what was found out on the way: whoever runs it looks nothing up and parses nothing again. */
export interface CheckedRecipe {
  /** Complete: defaults filled in, keys in canonical order. Plain data, which alone is kept, sent and shown. */
  readonly recipe: Recipe;
  readonly world: World;
  readonly trained: Trained;
  /** The formula that its objective runs, and the numbers of the named objective in it. */
  readonly formula: CheckedFormula;
  readonly named: ParameterTable;
  /** What becomes of ties and of "both bad". */
  readonly undecided: UndecidedMeanings;
}

/**
 * The recipe, or every mistake in it (see `parsed`). `worlds`: those that it may name; what is not among them is an issue,
 * whatever has been open elsewhere.
 */
export function checkRecipe(
  input: unknown,
  worlds: Worlds,
  trained: Trained = 'policy',
): Checked<CheckedRecipe> {
  const read = parsed(recipeSchema, input);
  if (!read.success) return { ok: false, issues: read.issues.map(toIssue) };
  const world = worlds.get(read.output.world);
  if (world === undefined) return { ok: false, issues: [unknownWorld(read.output.world, worlds)] };
  return checkIn(world, trained, read.output, null);
}

/** Another recipe for whatever runs the one before, checked as a whole; the formula is read only where it is another. */
export function recheckRecipe(before: CheckedRecipe, input: unknown): Checked<CheckedRecipe> {
  const read = parsed(recipeSchema, input);
  if (!read.success) return { ok: false, issues: read.issues.map(toIssue) };
  const { world, trained } = before;
  if (read.output.world !== world.name)
    throw new StateError(`a run on ${world.name} can't go on on ${read.output.world}.`);
  return checkIn(world, trained, read.output, before);
}

function checkIn(
  world: World,
  trained: Trained,
  output: ParsedRecipe,
  before: CheckedRecipe | null,
): Checked<CheckedRecipe> {
  const labels = output.labels ?? v.parse(recipeSchema.entries.labels, { rule: world.rules[0]?.name });
  const recipe = { ...output, labels } as Recipe;
  const read: ReadObjective =
    before !== null && sameFormula(before.recipe.objective, recipe.objective)
      ? { named: before.named, formula: { ok: true, value: before.formula } }
      : readObjective(recipe.objective);
  const issues = [
    ...startIssues(recipe),
    ...ruleIssues(recipe, world),
    ...parameterIssues(recipe, read),
    ...noiseIssues(recipe),
    ...stockIssues(recipe, world),
    ...labelIssues(recipe, world),
    ...formulaIssues(recipe, read, trained),
    ...syncIssues(recipe, read),
    ...referenceIssues(recipe, read),
    ...onlineIssues(recipe, world, trained),
  ];
  const { formula, named } = read;
  if (!formula.ok || issues.length > 0) return { ok: false, issues };
  const undecided = undecidedMeanings(recipe.objective.name, formula.value);
  const value = {
    recipe: inCanonicalOrder(recipe, named),
    world,
    trained,
    formula: formula.value,
    named,
    undecided,
  };
  return { ok: true, value };
}

/** A recipe of that world which must be right: InvalidInputError where it is not. */
export const checkedIn = (world: World, input: unknown, trained?: Trained): CheckedRecipe =>
  sureOf(checkRecipe(input, worldsOf(world), trained));

/** The recipe of a world with every default. */
export const defaultRecipe = (world: World): CheckedRecipe =>
  checkedIn(world, { version: RECIPE_VERSION, world: world.name });

/** The recipe, where mistakes are the caller's to throw: InvalidInputError. */
export function sureOf(checked: Checked<CheckedRecipe>): CheckedRecipe {
  if (!checked.ok) throw new InvalidInputError(checked.issues);
  return checked.value;
}

/** The one text of a recipe that was checked: all defaults written out, keys in the schema's order, no spaces. */
export const canonicalText = (recipe: Recipe): string => JSON.stringify(recipe);

function inCanonicalOrder(recipe: Recipe, named: ParameterTable): Recipe {
  const { own, parameters: given } = recipe.objective;
  const parameters = Object.fromEntries(
    Object.entries(named).flatMap(([key, row]) =>
      Object.hasOwn(own, key) ? [] : [[key, given[key] ?? row.default]],
    ),
  );
  const complete = { ...recipe, objective: { ...recipe.objective, parameters } };
  return Object.fromEntries(
    Object.keys(recipeSchema.entries).map((key) => [key, complete[key as keyof Recipe]]),
  ) as unknown as Recipe;
}

/** StateError for a world that is built in where none was brought: whoever checks recipes of it has to. */
function unknownWorld(name: string, worlds: Worlds): Issue {
  const builtIn = WORLD_NAMES.includes(name);
  if (builtIn && worlds.size === 0)
    throw new StateError(`the world ${name} was not brought to where it is checked.`);
  if (builtIn) {
    const expected = `the world ${[...worlds.keys()].join(' or ')}`;
    const cure = 'Open it where that world is chosen.';
    return { code: 'recipe/other-world', at: 'world', expected, received: JSON.stringify(name), cure };
  }
  const ofData = DATA_WORLD.test(name);
  return {
    code: ofData ? 'recipe/unknown-data' : 'recipe/unknown-world',
    at: 'world',
    expected: ofData ? 'a world made of data that is open here' : `one of ${WORLD_NAMES.join(', ')}`,
    received: JSON.stringify(name),
    cure: ofData
      ? 'Open the file that it was made of on the page Your data, with the same vocabulary and context; its name there is the same.'
      : 'Choose one of these worlds.',
  };
}

/** A finite stock has so many pairs and no more. */
function stockIssues({ labels }: Recipe, world: World): Issue[] {
  if (world.stock === null || labels.count <= world.stock.train) return [];
  return [
    {
      code: 'recipe/too-few-pairs',
      at: 'labels.count',
      expected: `at most ${world.stock.train}, the training pairs of this world`,
      received: String(labels.count),
      cure: 'Take fewer pairs, or open a file with more.',
    },
  ];
}

function startIssues({ model: { start, digest } }: Recipe): Issue[] {
  if ((start === 'given') === (digest !== undefined)) return [];
  const at = 'model.digest';
  if (digest === undefined) {
    const expected = 'the digest of the model to start from, 16 hexadecimal digits';
    const cure = 'Give it, or set model.start to "pretrained".';
    return [{ code: 'recipe/no-digest', at, expected, received: 'nothing', cure }];
  }
  const expected = `no digest, since the start ${start} would ignore it`;
  const cure = 'Leave it out, or set model.start to "given".';
  return [{ code: 'recipe/ignored-parameter', at, expected, received: digest, cure }];
}

function ruleIssues({ labels }: Recipe, world: World): Issue[] {
  const names = world.rules.map((rule) => rule.name);
  if (names.includes(labels.rule)) return [];
  return [
    {
      code: 'recipe/unknown-rule',
      at: 'labels.rule',
      expected: `one of ${names.join(', ')}`,
      received: JSON.stringify(labels.rule),
      cure: `Choose one of the rules of the world ${world.name}.`,
    },
  ];
}

function parameterIssues({ objective }: Recipe, { named: table }: ReadObjective): Issue[] {
  return Object.entries(objective.parameters).flatMap(([key, value]): Issue[] => {
    const row = Object.hasOwn(table, key) ? table[key] : undefined;
    const at = `objective.parameters.${key}`;
    if (row === undefined) {
      const expected = `one of ${Object.keys(table).join(', ')}`;
      const cure = `The objective ${objective.name} would ignore it; remove it.`;
      return [{ code: 'recipe/ignored-parameter', at, expected, received: key, cure }];
    }
    if (value >= row.min && value <= row.max) return [];
    return [
      {
        code: 'recipe/out-of-range',
        at,
        expected: `a number from ${row.min} to ${row.max}`,
        received: String(value),
        cure: 'Choose a number in that range.',
      },
    ];
  });
}

function noiseIssues({ labels }: Recipe): Issue[] {
  const reads = labelers.get(labels.labeler)?.parameters['noise'] !== undefined;
  if (reads || labels.noise === 0) return [];
  const cure = 'Set it to 0, or choose the labeler noisy.';
  const expected = `0, since the labeler ${labels.labeler} would ignore it`;
  return [
    { code: 'recipe/ignored-parameter', at: 'labels.noise', expected, received: String(labels.noise), cure },
  ];
}

/** A reference that no formula reads need not move, and one that stays has no use for how it would move. */
function syncIssues({ loop, objective }: Recipe, { formula }: ReadObjective): Issue[] {
  const ignored = (at: string, expected: string, received: unknown, cure: string): Issue => ({
    code: 'recipe/ignored-parameter',
    at: `loop.${at}`,
    expected,
    received: String(received),
    cure,
  });
  if (loop.sync_ref_model) {
    if (measuresByReference(formula)) return [];
    const expected = `false, since ${objective.name} reads no reference`;
    const cure = 'Turn it off, or choose an objective that measures by the reference.';
    return [ignored('sync_ref_model', expected, true, cure)];
  }
  return Object.entries(syncParameters).flatMap(([key, row]) => {
    const value = loop[key as keyof typeof syncParameters];
    const expected = `${row.default}, since the reference stays as it is`;
    const cure = 'Leave it out, or turn sync_ref_model on.';
    return value === row.default ? [] : [ignored(key, expected, value, cure)];
  });
}

/** A model from outside stays as it is, and is named only where a formula reads it. */
function referenceIssues(
  { model: { reference }, loop, objective }: Recipe,
  { formula }: ReadObjective,
): Issue[] {
  if (reference === undefined) return [];
  const issues: Issue[] = [];
  if (loop.sync_ref_model) {
    issues.push({
      code: 'recipe/reference-stays',
      at: 'loop.sync_ref_model',
      expected: 'false, since the policy can’t be mixed into a reference from outside',
      received: 'true',
      cure: 'Turn it off, or leave model.reference out.',
    });
  }
  if (!measuresByReference(formula)) {
    issues.push({
      code: 'recipe/ignored-parameter',
      at: 'model.reference',
      expected: `none, since ${objective.name} reads no reference`,
      received: reference.sha256,
      cure: 'Leave it out, or choose an objective that measures by the reference.',
    });
  }
  return issues;
}

/** Rounds need a policy that writes, and something that a reward can be fitted to. */
function onlineIssues({ loop }: Recipe, world: World, trained: Trained): Issue[] {
  if (loop.kind !== 'online') return [];
  const no = (received: string): Issue => ({
    code: 'recipe/not-online',
    at: 'loop.kind',
    expected: 'offline',
    received,
    cure: 'Train on the labelled pairs themselves: leave loop.kind out.',
  });
  if (trained === 'reward') return [no('online, for a reward model, which writes nothing')];
  if (world.stock !== null)
    return [no(`online, on ${world.title}, where nothing can be measured on a response of the model’s own`)];
  return [];
}

/** A formula of one's own must be right, and one that labelled pairs can train. */
function formulaIssues({ objective }: Recipe, read: ReadObjective, trained: Trained): Issue[] {
  return objectiveIssues(objective, read, trained).map((issue) => {
    const place = issue.code.startsWith('formula/')
      ? `formula, ${issue.at}`
      : issue.code.startsWith('recipe/')
        ? issue.at
        : `options.${issue.at}`;
    return { ...issue, at: `objective.${place}` };
  });
}

/** Recorded labels must name prompts and words that the world has. */
function labelIssues({ labels }: Recipe, world: World): Issue[] {
  const prompts = new Map(world.prompts.map((p) => [p.id, p]));
  return labels.recorded.flatMap(({ pair }, i): Issue[] => {
    if (pair.kind === 'stock') return [];
    const at = `labels.recorded.${i}.pair`;
    const prompt = prompts.get(pair.prompt);
    if (prompt === undefined) {
      const cure = 'Label a pair of this world, or choose the world that the label was made in.';
      return [
        {
          code: 'recipe/unknown-prompt',
          at: `${at}.prompt`,
          expected: 'a prompt of the world',
          received: pair.prompt,
          cure,
        },
      ];
    }
    return (['a', 'b'] as const).flatMap((side): Issue[] => {
      const room = world.context - prompt.tokens.length;
      const fits =
        pair[side].length > 0 && pair[side].length <= room && pair[side].every((t) => t < world.words.length);
      if (fits) return [];
      const expected = `1 to ${room} words of the world, as numbers below ${world.words.length}`;
      const received = `[${pair[side].slice(0, 8).join(', ')}${pair[side].length > 8 ? ', ...' : ''}]`;
      return [
        { code: 'recipe/bad-response', at: `${at}.${side}`, expected, received, cure: 'Remove this label.' },
      ];
    });
  });
}
