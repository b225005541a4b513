/**
 * The recipe: one validated, canonical JSON value that says everything a run depends on. The Lab edits one, a link will
 * carry one, the command line runs one. Unknown keys and numbers out of range are issues; nothing runs half-configured.
 */
import * as v from 'valibot';
import type { Checked, Issue } from '../base/errors.ts';
import { InvalidInputError } from '../base/errors.ts';
import type { Parameter, ParameterTable } from '../base/parameters.ts';
import { labelers } from '../labelers/index.ts';
import { CHOICES } from '../labelers/labeler.ts';
import { optimiserParameters } from '../training/optimiser.ts';
import { LM_SIZES } from '../models/lm/config.ts';
import { objectives } from '../objectives/index.ts';
import { F_DIVERGENCES, NO_OPTIONS, optionParameters } from '../objectives/options.ts';
import type { World } from '../worlds/world.ts';
import { DATA_WORLD, worlds } from '../worlds/index.ts';
import { MODEL_DIGEST, REFERENCE_DIGEST } from './digests.ts';
import type { Trained } from './objective.ts';
import { measuresByReference, objectiveIssues, ownParameter, parametersOf } from './objective.ts';
import {
  labelParameters,
  loopParameters,
  MOST_RECORDED,
  seedParameter,
  syncParameters,
  syncSwitch,
} from './parameters.ts';
import { parsed } from './parse.ts';

export { formulaOf } from './objective.ts';

export const RECIPE_VERSION = 1;

/** Most characters of a formula of one's own. */
const MAX_FORMULA = 4000;

const inRange = (row: Parameter) => v.pipe(v.number(), v.finite(), v.minValue(row.min), v.maxValue(row.max));
const number = (row: Parameter) =>
  v.optional(row.integer === true ? v.pipe(inRange(row), v.integer()) : inRange(row), row.default);
const numberOrNone = (row: Parameter) => v.optional(v.nullable(inRange(row)), null);

type NumberSchemas<T extends ParameterTable> = { [K in keyof T]: ReturnType<typeof number> };
const numbers = <T extends ParameterTable>(table: T): NumberSchemas<T> =>
  Object.fromEntries(Object.entries(table).map(([key, row]) => [key, number(row)])) as NumberSchemas<T>;

const tokens = v.pipe(
  v.array(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(65535))),
  v.maxLength(256),
);
const pairReference = v.variant('kind', [
  v.strictObject({
    kind: v.literal('stock'),
    seed: number(seedParameter.seed),
    index: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1e9)),
    split: v.picklist(['train', 'held-out']),
  }),
  v.strictObject({
    kind: v.literal('given'),
    prompt: v.pipe(v.string(), v.maxLength(200)),
    a: tokens,
    b: tokens,
  }),
]);
const ownName = v.pipe(v.string(), v.regex(/^[A-Za-z][A-Za-z0-9_]{0,39}$/));
const label = v.strictObject({
  pair: pairReference,
  choice: v.picklist(CHOICES),
  source: v.pipe(v.string(), v.maxLength(40)),
});

/** The order of the keys here is the canonical order. */
const recipeSchema = v.strictObject({
  version: v.literal(RECIPE_VERSION),
  /** One that is built in, or one made of data that is known here; see `worldIssues`. */
  world: v.string(),
  model: v.optional(
    v.strictObject({
      kind: v.optional(v.literal('lm'), 'lm'),
      size: v.optional(v.picklist(LM_SIZES), 'micro'),
      /** `pretrained`: the world's base checkpoint of that size; `fresh`: initialised from the seed; `given`: one that was brought. */
      start: v.optional(v.picklist(['pretrained', 'fresh', 'given']), 'pretrained'),
      /** Of the parameters of a model that is given; no other start has one. */
      digest: v.exactOptional(v.pipe(v.string(), v.regex(MODEL_DIGEST))),
      /** What losses and rewards are measured by, where that is not the model before training: an ONNX file, by its SHA-256. */
      reference: v.exactOptional(
        v.strictObject({
          kind: v.literal('onnx'),
          sha256: v.pipe(v.string(), v.regex(REFERENCE_DIGEST)),
        }),
      ),
    }),
    {},
  ),
  labels: v.optional(
    v.strictObject({
      /** Labels `count` stock pairs by itself; labels of a person or of a model from outside are `recorded`. */
      labeler: v.optional(
        v.picklist([...labelers.values()].flatMap(({ name, onlyRecorded }) => (onlyRecorded ? [] : [name]))),
        'noisy',
      ),
      rule: v.string(),
      ...numbers(labelParameters),
      recorded: v.optional(v.pipe(v.array(label), v.maxLength(MOST_RECORDED)), []),
    }),
  ),
  objective: v.optional(
    v.strictObject({
      name: v.optional(v.picklist([...objectives.keys()]), 'sigmoid'),
      parameters: v.optional(v.record(v.string(), v.number()), {}),
      /** Another formula in place of the named objective's; of its parameters only those that are read remain. */
      formula: v.optional(v.nullable(v.pipe(v.string(), v.maxLength(MAX_FORMULA))), null),
      /** Numbers that such a formula reads beyond those. */
      own: v.optional(v.record(ownName, inRange(ownParameter('own'))), {}),
      /** TRL's options of its DPO losses, which rewrite the formula. */
      options: v.optional(
        v.strictObject({
          f_divergence: v.optional(v.picklist(F_DIVERGENCES), NO_OPTIONS.f_divergence),
          f_alpha: numberOrNone(optionParameters.f_alpha),
          ld_alpha: numberOrNone(optionParameters.ld_alpha),
          weighting: v.optional(v.boolean(), NO_OPTIONS.weighting),
        }),
        {},
      ),
    }),
    {},
  ),
  loop: v.optional(
    v.strictObject({
      kind: v.optional(v.literal('offline'), 'offline'),
      ...numbers(loopParameters),
      /** Whether the reference moves towards the policy now and then, under TRL's name. */
      sync_ref_model: v.optional(v.boolean(), syncSwitch.sync_ref_model.default),
      ...numbers(syncParameters),
    }),
    {},
  ),
  optimiser: v.optional(
    v.strictObject({ name: v.optional(v.literal('adamw'), 'adamw'), ...numbers(optimiserParameters) }),
    {},
  ),
  ...numbers(seedParameter),
});

type Parsed = v.InferOutput<typeof recipeSchema>;
export type Recipe = Omit<Parsed, 'labels'> & { labels: NonNullable<Parsed['labels']> };

/** Either the complete recipe (defaults filled in, keys in canonical order) or every mistake in it (see `parsed`). */
export function checkRecipe(input: unknown, trained: Trained = 'policy'): Checked<Recipe> {
  const read = parsed(recipeSchema, input);
  if (!read.success) return { ok: false, issues: read.issues.map(toIssue) };
  const world = worlds.get(read.output.world);
  if (world === undefined) return { ok: false, issues: [unknownWorld(read.output.world)] };
  const labels = read.output.labels ?? v.parse(recipeSchema.entries.labels, { rule: world.rules[0]?.name });
  const recipe = { ...read.output, labels } as Recipe;
  const issues = [
    ...startIssues(recipe),
    ...ruleIssues(recipe, world),
    ...parameterIssues(recipe),
    ...noiseIssues(recipe),
    ...stockIssues(recipe, world),
    ...labelIssues(recipe, world),
    ...formulaIssues(recipe, trained),
    ...syncIssues(recipe),
    ...referenceIssues(recipe),
  ];
  if (issues.length > 0) return { ok: false, issues };
  return { ok: true, value: inCanonicalOrder(recipe) };
}

/** The recipe of a world with every default. */
export function defaultRecipe(world: string): Recipe {
  const checked = checkRecipe({ version: RECIPE_VERSION, world });
  if (!checked.ok) throw new InvalidInputError(checked.issues);
  return checked.value;
}

/** The one text of a recipe: all defaults written out, keys in the schema's order, no spaces. */
export function canonicalText(recipe: Recipe): string {
  return JSON.stringify(inCanonicalOrder(recipe));
}

function inCanonicalOrder(recipe: Recipe): Recipe {
  const { own, parameters: given } = recipe.objective;
  const parameters = Object.fromEntries(
    Object.entries(parametersOf(recipe.objective)).flatMap(([key, row]) =>
      Object.hasOwn(own, key) ? [] : [[key, given[key] ?? row.default]],
    ),
  );
  const complete = { ...recipe, objective: { ...recipe.objective, parameters } };
  return Object.fromEntries(
    Object.keys(recipeSchema.entries).map((key) => [key, complete[key as keyof Recipe]]),
  ) as unknown as Recipe;
}

function unknownWorld(name: string): Issue {
  const ofData = DATA_WORLD.test(name);
  return {
    code: ofData ? 'recipe/unknown-data' : 'recipe/unknown-world',
    at: 'world',
    expected: ofData ? 'a world made of data that is open here' : `one of ${[...worlds.keys()].join(', ')}`,
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

function parameterIssues({ objective }: Recipe): Issue[] {
  const table = parametersOf({ ...objective, own: {} });
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
function syncIssues({ loop, objective }: Recipe): Issue[] {
  const ignored = (at: string, expected: string, received: unknown, cure: string): Issue => ({
    code: 'recipe/ignored-parameter',
    at: `loop.${at}`,
    expected,
    received: String(received),
    cure,
  });
  if (loop.sync_ref_model) {
    if (measuresByReference(objective)) return [];
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
function referenceIssues({ model: { reference }, loop, objective }: Recipe): Issue[] {
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
  if (!measuresByReference(objective)) {
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

/** A formula of one's own must be right, and one that labelled pairs can train. */
function formulaIssues({ objective }: Recipe, trained: Trained): Issue[] {
  return objectiveIssues(objective, trained).map((issue) => {
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

function toIssue(issue: v.BaseIssue<unknown>): Issue {
  const at = v.getDotPath(issue) ?? 'recipe';
  const unknownKey = issue.type === 'strict_object' && issue.expected === 'never';
  return {
    code: unknownKey ? 'recipe/unknown-key' : `recipe/${issue.type.replaceAll('_', '-')}`,
    at,
    expected: unknownKey ? 'no such key' : expectedRange(at, issue),
    received: issue.received,
    cure: unknownKey ? 'Remove it, or check its spelling.' : 'Change it to what is expected.',
  };
}

/** For numbers of a table the whole range, not only the side that was overstepped. */
function expectedRange(at: string, issue: v.BaseIssue<unknown>): string {
  const key = at.split('.').at(-1) as string;
  const table: ParameterTable = {
    ...labelParameters,
    ...loopParameters,
    ...optimiserParameters,
    ...optionParameters,
    ...seedParameter,
    ...syncParameters,
  };
  const row = Object.hasOwn(table, key) ? table[key] : undefined;
  if (row === undefined) return issue.expected ?? 'something else';
  return `a ${row.integer === true ? 'whole ' : ''}number from ${row.min} to ${row.max}`;
}
