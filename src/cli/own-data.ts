/**
 * `--data FILE`: a visitor's own preference file as the world of whatever a command trains, and a base policy taught on it.
 * Every command that takes it does so here.
 */
import { InvalidInputError } from '../base/errors.ts';
import { mean } from '../base/maths.ts';
import { buildWorld, type BuiltWorld } from '../data/build.ts';
import type { Dataset } from '../data/dataset.ts';
import { CONTEXTS, DEFAULT_CONTEXT } from '../data/encode.ts';
import { mappingFromText } from '../data/mapping.ts';
import { unpacked } from '../data/read/packed.ts';
import type { Mapping } from '../data/shapes/shape.ts';
import { VOCABULARY_KINDS, VOCABULARY_SIZES } from '../data/vocabulary/index.ts';
import type { DataWorld } from '../data/world.ts';
import { decodeWorld } from '../data/world.ts';
import { parametersDigest } from '../exports/model.ts';
import type { LmSize } from '../models/lm/config.ts';
import { lmConfig } from '../models/lm/config.ts';
import type { Base } from '../runs/base.ts';
import type { BaseTeaching, DataSource, Needed } from '../links/data.ts';
import { labelParameters } from '../recipes/parameters.ts';
import { openPretraining, pretrainSettings, TEACHING } from '../runs/pretraining.ts';
import { readPreferenceFile } from './file-source.ts';
import type { Options, Parsed } from './input.ts';
import { choiceOption, mistake, wholeOption } from './input.ts';
import { openInNode } from './node-host.ts';

/** What a link says by itself. */
const MADE_WITH: Options = {
  '--map': 'prompt=COLUMN,chosen=COLUMN,rejected=COLUMN',
  '--vocabulary': `one of ${VOCABULARY_KINDS.join(', ')}`,
  '--words': 'a whole number',
  '--context': `one of ${CONTEXTS.join(', ')}`,
  '--pretrain': 'a whole number of steps',
};
export const DATA_OPTIONS: Options = { '--data': 'a preference file', ...MADE_WITH };

export interface OwnData {
  world: DataWorld;
  /** How it was made, for a link to a run whose model has that size. */
  source(size: LmSize): DataSource;
  /** A recipe with what it leaves open: its world, its rule, and that all training pairs are learned from. */
  complete(recipe: unknown): unknown;
  /** Teaches a base policy when it is first asked for. */
  load(world: string, size: string): Promise<Base>;
}

/**
 * Reads the file that `--data` names and makes a world of it; null without that option. `needed`: what the link says that
 * the command is given. Throws InvalidInputError, for a file of other data too.
 */
export async function openData(options: Parsed['options'], needed: Needed | null): Promise<OwnData | null> {
  const path = options.get('--data');
  if (path === undefined) return withoutData(options, needed);
  const twice = needed && Object.keys(MADE_WITH).find((option) => options.has(option));
  if (twice) throw mistake('argument', twice, 'it left out: the link says it', 'it', 'Leave it out.');
  const how = needed?.source ?? sourceOf(options);
  const read = await readPreferenceFile(path, how.mapping === null ? {} : { mapping: how.mapping });
  const pairs = unpacked(read.pairs);
  if (pairs.length === 0) {
    const cure = `See what is wrong: npm run -s sway -- data inspect ${path}`;
    throw mistake('no-pairs', path, 'pairs of a chosen and a rejected response', 'none', cure);
  }
  const world = worldOf({ name: read.name, pairs }, how);
  if (needed !== null && needed.world !== world.name) throw otherData(path, needed, world.name);
  return {
    world,
    source: (size) => ({ ...how, file: how.file || world.file, base: { ...how.base, size } }),
    complete: (recipe) => completed(recipe, world),
    load: taughtOnce(world, how.base, needed),
  };
}

function withoutData(options: Parsed['options'], needed: Needed | null): null {
  const orphan = Object.keys(MADE_WITH).find((option) => options.has(option));
  if (orphan !== undefined)
    throw mistake('argument', orphan, 'it beside --data FILE', 'it alone', 'Name the file, or leave it out.');
  if (needed === null) return null;
  const { file } = needed.source;
  const expected = `--data FILE: the run is on data of somebody's own${file === '' ? '' : `, ${file}`}, which no link holds`;
  throw mistake('no-data', needed.world, expected, 'no --data', 'Name the file that it was made of.');
}

function otherData(path: string, { world, source }: Needed, received: string): InvalidInputError {
  const told = source.file === '' ? 'the file that the run was made on' : `the file that was shared as ${source.file}`;
  const cure = `Give ${told}, unchanged: a single other letter gives another digest.`;
  return mistake('other-data', path, `the data with digest ${world}`, received, cure);
} // prettier-ignore

type How = Omit<DataSource, 'base'> & { base: Omit<BaseTeaching, 'size'> };

function sourceOf(options: Parsed['options']): How {
  const vocabulary = choiceOption(options, '--vocabulary', VOCABULARY_KINDS, 'bpe');
  const steps = wholeOption(options, '--pretrain') ?? TEACHING.steps;
  return {
    file: '',
    mapping: mappingOption(options),
    vocabulary,
    words: wholeOption(options, '--words') ?? VOCABULARY_SIZES[vocabulary].default,
    context: wholeOption(options, '--context') ?? DEFAULT_CONTEXT,
    base: { steps, made: steps, batch: TEACHING.batch, seed: TEACHING.seed },
  };
}

export function mappingOption(options: Parsed['options']): Mapping | null {
  const text = options.get('--map');
  if (text === undefined) return null;
  const mapping = mappingFromText(text);
  if (!mapping.ok) throw new InvalidInputError(mapping.issues);
  return mapping.value;
}

/** Says on stderr what was read. */
function worldOf(dataset: Dataset, how: How): DataWorld {
  const built = buildWorld(dataset, how);
  if (!built.ok) throw new InvalidInputError(built.issues);
  const { encoded, report, coverage } = built.value;
  const world = decodeWorld(encoded);
  if (!world.ok) throw new InvalidInputError(world.issues);
  process.stderr.write(
    `${dataset.name}: ${report.pairs} pairs, ${report.training} to learn from, ${report.heldOut} held out; ${report.whole} fit whole, ${report.promptsCut} prompts and ${report.responsesCut} responses cut, ${report.empty + report.alike} left out\n${netWords(report)}world ${encoded.name}: ${world.value.words.length} words (${(100 * coverage).toFixed(1)}% of the text), context ${encoded.context}\n`,
  );
  return world.value;
}

function netWords({ turned, undecided }: BuiltWorld['report']): string {
  if (turned + undecided === 0) return '';
  return `the same responses were chosen and rejected for one prompt: the net count turns ${turned} labels round and leaves ${undecided} pairs undecided\n`;
}

/** Rarer than elsewhere: an evaluation reads up to 512 pairs. */
const EVALUATE_EVERY = 50;

function completed(recipe: unknown, world: DataWorld): unknown {
  if (typeof recipe !== 'object' || recipe === null || Array.isArray(recipe)) return recipe;
  const { labels, loop, ...rest } = recipe as Record<string, unknown>;
  const most = Math.min(world.stock.train, labelParameters.count.max);
  const given = typeof labels === 'object' && labels !== null ? labels : {};
  const looped = typeof loop === 'object' && loop !== null ? loop : {};
  return {
    version: 1,
    world: world.name,
    ...rest,
    labels: { rule: world.rules[0]?.name, count: most, ...given },
    loop: { evaluate_every: EVALUATE_EVERY, ...looped },
  };
}

/** Each size is taught once, however many runs begin from it. */
function taughtOnce(world: DataWorld, how: How['base'], needed: Needed | null): OwnData['load'] {
  const taught = new Map<string, Promise<Base>>();
  return (_world, size) => {
    const known = taught.get(size) ?? teach(world, size as LmSize, how, needed);
    taught.set(size, known);
    return known;
  };
}

const TOLD_EVERY = 50;
const PERPLEXITY_TEXTS = 256;

/** On WASM, so that the same file and steps give the same base everywhere. */
async function teach(world: DataWorld, size: LmSize, how: How['base'], needed: Needed | null): Promise<Base> {
  const { steps, made, batch, seed } = how;
  if (steps < 1) {
    const cure = 'Give it steps, or set model.start to "fresh".';
    throw mistake('argument', '--pretrain', 'at least 1 step', String(steps), cure);
  }
  const device = await openInNode('wasm');
  const config = lmConfig(size, world.words.length, world.context);
  const pretraining = await openPretraining(world, config, pretrainSettings(steps, batch), seed, device);
  while (pretraining.step < made) {
    const rows = await pretraining.advance(Math.min(TOLD_EVERY, made - pretraining.step));
    const nats = mean(rows.map(({ loss }) => loss));
    process.stderr.write(`step ${pretraining.step}: ${nats.toFixed(4)} nats a token\n`);
  }
  const { perplexity, texts } = await pretraining.perplexity(PERPLEXITY_TEXTS);
  const parameters = await pretraining.parameters();
  device.dispose();
  const received = parametersDigest(parameters);
  const expected = needed?.source.base.size === size ? needed.source.base.digest : undefined;
  if (expected !== undefined && expected !== received) {
    const cure =
      'It was taught by another version of the engine; ask for the run’s model and name it with --model.';
    throw mistake('other-base', 'data.base', `a base policy with digest ${expected}`, received, cure);
  }
  process.stderr.write(
    `base policy: ${made} steps, perplexity ${perplexity.toFixed(2)} on ${texts} held-out texts, digest ${received}\n`,
  );
  return { config, parameters };
}
