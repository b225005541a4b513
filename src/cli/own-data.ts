/** `--data FILE`: a visitor's own preference file as the world of a run, with a base policy taught on it. */
import { InvalidInputError, StateError } from '../base/errors.ts';
import { mean } from '../base/maths.ts';
import type { Dataset } from '../data/dataset.ts';
import { buildWorld, type BuiltWorld } from '../data/build.ts';
import { CONTEXTS, DEFAULT_CONTEXT } from '../data/encode.ts';
import { VOCABULARY_KINDS, VOCABULARY_SIZES, type VocabularyKind } from '../data/vocabulary/index.ts';
import type { DataWorld } from '../data/world.ts';
import { decodeWorld } from '../data/world.ts';
import type { LmSize } from '../models/lm/config.ts';
import { lmConfig } from '../models/lm/config.ts';
import { unpacked } from '../data/read/packed.ts';
import type { Base } from '../recipes/base.ts';
import type { Recipe } from '../recipes/schema.ts';
import { knowWorld } from '../worlds/index.ts';
import { readPreferenceFile } from './file-source.ts';
import { labelParameters } from '../recipes/parameters.ts';
import type { Perplexity } from '../recipes/pretraining.ts';
import { openPretraining, pretrainSettings, TEACHING } from '../recipes/pretraining.ts';
import type { Options, Parsed } from './input.ts';
import { checkedRecipe, mistake, wholeOption } from './input.ts';
import { openInNode } from './surroundings.ts';

export const DATA_OPTIONS: Options = {
  '--data': 'a preference file',
  '--vocabulary': `one of ${VOCABULARY_KINDS.join(', ')}`,
  '--words': 'a whole number',
  '--context': `one of ${CONTEXTS.join(', ')}`,
  '--pretrain': 'a whole number of steps',
};

interface OpenedData extends Omit<BuiltWorld, 'encoded'> {
  world: DataWorld;
}

function worldOf(dataset: Dataset, options: Parsed['options']): OpenedData {
  const vocabulary = kindOption(options);
  const words = wholeOption(options, '--words') ?? VOCABULARY_SIZES[vocabulary].default;
  const context = wholeOption(options, '--context') ?? DEFAULT_CONTEXT;
  const built = buildWorld(dataset, { vocabulary, words, context });
  if (!built.ok) throw new InvalidInputError(built.issues);
  const { encoded, ...rest } = built.value;
  const world = decodeWorld(encoded);
  if (!world.ok) throw new InvalidInputError(world.issues);
  return { world: world.value, ...rest };
}

function kindOption(options: Parsed['options']): VocabularyKind {
  const asked = options.get('--vocabulary') ?? 'bpe';
  const kind = VOCABULARY_KINDS.find((one) => one === asked);
  if (kind !== undefined) return kind;
  const expected = `one of ${VOCABULARY_KINDS.join(', ')}`;
  throw mistake('argument', '--vocabulary', expected, asked, 'Choose one of these.');
}

/** What a recipe for this data leaves open: its world, its rule, and that all training pairs are learned from. */
function completed(value: unknown, world: DataWorld): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const { labels, loop, ...rest } = value as Record<string, unknown>;
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

/** Rarer than elsewhere: an evaluation reads up to 512 pairs. */
const EVALUATE_EVERY = 50;

const TOLD_EVERY = 50;
const PERPLEXITY_TEXTS = 256;

interface Taught extends Base {
  perplexity: Perplexity;
}

/** On WASM, so that the same file and steps give the same base everywhere. */
async function teach(world: DataWorld, size: LmSize, steps: number): Promise<Taught> {
  const device = await openInNode('wasm');
  const config = lmConfig(size, world.words.length, world.context);
  const settings = pretrainSettings(steps, TEACHING.batch);
  const pretraining = await openPretraining(world, config, settings, TEACHING.seed, device);
  while (pretraining.step < steps) {
    const rows = await pretraining.advance(TOLD_EVERY);
    const nats = mean(rows.map(({ loss }) => loss));
    process.stderr.write(`step ${pretraining.step}: ${nats.toFixed(4)} nats a token\n`);
  }
  const perplexity = await pretraining.perplexity(PERPLEXITY_TEXTS);
  const parameters = await pretraining.parameters();
  device.dispose();
  return { config, parameters, perplexity };
}

interface OwnRun {
  recipe: Recipe;
  load: (world: string, size: string) => Promise<Base>;
  /** What was read, for people. */
  told: string;
}

/** Reads the file, makes its world known, completes and checks the recipe, and says where its base policy comes from. */
export async function ownRun(
  path: string,
  recipe: { value: unknown; at: string; seed: number | null },
  options: Parsed['options'],
): Promise<OwnRun> {
  const read = await readPreferenceFile(path);
  const pairs = unpacked(read.pairs);
  if (pairs.length === 0) {
    const cure = `See what is wrong: npm run -s sway -- data inspect ${path}`;
    throw mistake('no-pairs', path, 'pairs of a chosen and a rejected response', 'none', cure);
  }
  const { world, report, coverage } = worldOf({ name: read.name, pairs }, options);
  knowWorld(world);
  const checked = checkedRecipe(completed(recipe.value, world), recipe.seed, recipe.at);
  const steps = wholeOption(options, '--pretrain') ?? TEACHING.steps;
  let told = `${read.name}: ${report.pairs} pairs, ${report.training} to learn from, ${report.heldOut} held out; ${report.whole} fit whole, ${report.promptsCut} prompts and ${report.responsesCut} responses cut, ${report.empty + report.alike} left out\n${netWords(report)}world ${world.name}: ${world.words.length} words (${(100 * coverage).toFixed(1)}% of the text), context ${world.context}\n`;
  if (checked.model.start !== 'pretrained') return { recipe: checked, load: noBase, told };
  if (steps < 1) {
    const cure = 'Give it steps, or set model.start to "fresh".';
    throw mistake('argument', '--pretrain', 'at least 1 step', String(steps), cure);
  }
  const base = await teach(world, checked.model.size, steps);
  told += `base policy: ${steps} steps, perplexity ${base.perplexity.perplexity.toFixed(2)} on ${base.perplexity.texts} held-out texts\n`;
  return { recipe: checked, load: () => Promise.resolve(base), told };
}

function netWords({ turned, undecided }: BuiltWorld['report']): string {
  if (turned + undecided === 0) return '';
  return `the same responses were chosen and rejected for one prompt: the net count turns ${turned} labels round and leaves ${undecided} pairs undecided\n`;
}

const noBase = (): Promise<Base> => Promise.reject(new StateError('This start has no base policy to load.'));
