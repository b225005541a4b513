/**
 * What a shared run on somebody's own data says of the data: never a row of it, only what whoever has the file needs to make
 * the same world of it, and to teach the same base policy. That it is the same, the digests tell.
 */
import * as v from 'valibot';
import type { Checked } from '../base/errors.ts';
import { CONTEXTS } from '../data/encode.ts';
import { checkMapping } from '../data/mapping.ts';
import { ROLES, type Mapping } from '../data/shapes/shape.ts';
import {
  MOST_WORDS,
  VOCABULARY_KINDS,
  VOCABULARY_SIZES,
  type VocabularyKind,
} from '../data/vocabulary/index.ts';
import { LM_SIZES, type LmSize } from '../models/lm/config.ts';
import { DATA_WORLD } from '../worlds/index.ts';
import { MODEL_DIGEST } from '../recipes/digests.ts';
import { seedParameter } from '../recipes/parameters.ts';
import { parsed } from '../recipes/parse.ts';
import { isPlain, type Plain } from './compact.ts';
import { linkIssue, shapeIssues, tellable } from './issues.ts';
import { shownText } from './shown.ts';

/** How the base policy was taught; see pretraining.ts. */
export interface BaseTeaching {
  size: LmSize;
  /** Updates that were planned: the learning rate falls towards the last of them. */
  steps: number;
  /** Updates that were made. */
  made: number;
  /** Texts an update. */
  batch: number;
  seed: number;
  /** Of the parameters that came of it; absent where whoever shared has not taught it. */
  digest?: string;
}

export interface DataSource {
  /** The file's name as whoever shared tells it; '' for none. */
  file: string;
  /** Columns that were chosen by hand; null where the file's shape was recognised. */
  mapping: Mapping | null;
  vocabulary: VocabularyKind;
  /** Most words of the vocabulary. */
  words: number;
  /** In tokens. */
  context: number;
  base: BaseTeaching;
}

/** What has to be there before the rest of a link or file can be read. */
export interface Needed {
  /** The digest of the data, as the name of its world. */
  world: string;
  source: DataSource;
  title: string;
}

/** As many as the page offers, and more texts an update than it takes. */
const MOST_TEACHING = 5000;
const MOST_BATCH = 64;
const LONGEST_COLUMN = 200;

const whole = (least: number, most: number) =>
  v.pipe(v.number(), v.integer(), v.minValue(least), v.maxValue(most));

export const packedData = v.strictObject({
  file: v.optional(shownText(), ''),
  mapping: v.optional(
    v.strictObject(
      Object.fromEntries(ROLES.map((role) => [role, v.exactOptional(shownText(LONGEST_COLUMN))])),
    ),
  ),
  vocabulary: v.picklist(VOCABULARY_KINDS),
  words: whole(1, MOST_WORDS),
  context: v.picklist(CONTEXTS),
  base: v.strictObject({
    size: v.picklist(LM_SIZES),
    steps: whole(1, MOST_TEACHING),
    made: v.optional(whole(1, MOST_TEACHING)),
    batch: whole(1, MOST_BATCH),
    seed: whole(seedParameter.seed.min, seedParameter.seed.max),
    digest: v.exactOptional(v.pipe(v.string(), v.regex(MODEL_DIGEST, '16 hexadecimal digits'))),
  }),
});
type Packed = v.InferOutput<typeof packedData>;

export function packData({ file, mapping, base: { made, ...base }, ...rest }: DataSource): Plain {
  return {
    ...(file === '' ? {} : { file }),
    ...(mapping === null ? {} : { mapping }),
    ...rest,
    base: { ...base, ...(made === base.steps ? {} : { made }) },
  };
}

/** `world`: the name that the recipe gives; one that is not made of data needs none. */
export function unpackData(packed: Packed, world: string): Checked<DataSource> {
  const ask = 'Ask for the link again.';
  if (!DATA_WORLD.test(world))
    return linkIssue('data', 'data', `no such key: the world ${world} needs no file`, 'a file', ask);
  const { file, mapping, vocabulary, words, context, base } = packed;
  const { min } = VOCABULARY_SIZES[vocabulary];
  if (words < min) return linkIssue('data', 'data.words', `${min} to ${MOST_WORDS}`, String(words), ask);
  const { made = base.steps } = base;
  if (made > base.steps)
    return linkIssue('data', 'data.base.made', `at most the ${base.steps} steps`, String(made), ask);
  const checked = mapping === undefined ? null : checkMapping(mapping);
  if (checked?.ok === false) return { ok: false, issues: tellable(checked.issues, 'data.') };
  const value = {
    file,
    mapping: checked === null ? null : checked.value,
    vocabulary,
    words,
    context,
    base: { ...base, made },
  };
  return { ok: true, value };
}

const neededSchema = v.object({
  kind: v.literal('lab'),
  recipe: v.object({ world: v.pipe(v.string(), v.regex(DATA_WORLD)) }),
  title: v.optional(shownText(), ''),
  data: v.optional(packedData),
});

/** What the JSON of a link or file needs, read before the rest of it; null where its world is not made of data. */
export function readNeeded(json: unknown): Checked<Needed> | null {
  const world = isPlain(json) && isPlain(json['recipe']) ? json['recipe']['world'] : undefined;
  if (typeof world !== 'string' || !DATA_WORLD.test(world)) return null;
  const read = parsed(neededSchema, json);
  if (!read.success) return { ok: false, issues: shapeIssues(read.issues) };
  const { data, title } = read.output;
  if (data === undefined) {
    const expected = `how the world ${world} was made`;
    const cure =
      'Open the file that it was made of on the page Your data, with the same vocabulary and context, and share the run from there.';
    return linkIssue('no-data', 'data', expected, 'nothing', cure);
  }
  const source = unpackData(data, world);
  return source.ok ? { ok: true, value: { world, source: source.value, title } } : source;
}
