/**
 * The recipe: one canonical JSON value that says everything a run depends on. The Lab edits one, a link carries one, the
 * command line runs one. Here is its shape; `check.ts` says which values of that shape can run.
 */
import * as v from 'valibot';
import type { Issue } from '../base/errors.ts';
import type { Parameter, ParameterTable } from '../base/parameters.ts';
import { labelers } from '../labelers/index.ts';
import { CHOICES } from '../labelers/labeler.ts';
import { optimiserParameters } from '../training/optimiser.ts';
import { LM_SIZES } from '../models/lm/config.ts';
import { objectives } from '../objectives/index.ts';
import { F_DIVERGENCES, NO_OPTIONS, optionParameters } from '../objectives/options.ts';
import { MODEL_DIGEST, REFERENCE_DIGEST } from './digests.ts';
import { ownParameter } from './objective.ts';
import {
  labelParameters,
  loopParameters,
  MOST_RECORDED,
  onlineParameters,
  seedParameter,
  syncParameters,
  syncSwitch,
} from './parameters.ts';

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

const everyLoop = {
  ...numbers(loopParameters),
  /** Whether the reference moves towards the policy now and then, under TRL's name. */
  sync_ref_model: v.optional(v.boolean(), syncSwitch.sync_ref_model.default),
  ...numbers(syncParameters),
};
/** On the labelled pairs themselves. */
const offlineLoop = v.strictObject({ kind: v.optional(v.literal('offline'), 'offline'), ...everyLoop });
/** On pairs of the policy's own responses, judged by a reward that is fitted to the labels. */
const onlineLoop = v.strictObject({
  kind: v.literal('online'),
  ...everyLoop,
  ...numbers(onlineParameters),
});

/** The order of the keys here is the canonical order. */
export const recipeSchema = v.strictObject({
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
  loop: v.optional(v.variant('kind', [offlineLoop, onlineLoop]), {}),
  optimiser: v.optional(
    v.strictObject({ name: v.optional(v.literal('adamw'), 'adamw'), ...numbers(optimiserParameters) }),
    {},
  ),
  ...numbers(seedParameter),
});

/** As the schema leaves it: the labels' defaults are the world's. */
export type ParsedRecipe = v.InferOutput<typeof recipeSchema>;
export type Recipe = Omit<ParsedRecipe, 'labels'> & { labels: NonNullable<ParsedRecipe['labels']> };

/** The loop of a recipe that trains online. */
export type OnlineLoop = Extract<Recipe['loop'], { kind: 'online' }>;

/** A mistake of shape or range. */
export function toIssue(issue: v.BaseIssue<unknown>): Issue {
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
    ...onlineParameters,
    ...optimiserParameters,
    ...optionParameters,
    ...seedParameter,
    ...syncParameters,
  };
  const row = Object.hasOwn(table, key) ? table[key] : undefined;
  if (row === undefined) return issue.expected ?? 'something else';
  return `a ${row.integer === true ? 'whole ' : ''}number from ${row.min} to ${row.max}`;
}
