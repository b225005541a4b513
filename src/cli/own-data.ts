/** `--data FILE`: a visitor's own preference file as the world of a run, with a base policy taught on it. */
import { InvalidInputError } from '../base/errors.ts';
import { mean } from '../base/maths.ts';
import type { Dataset } from '../data/dataset.ts';
import { buildWorld, type BuiltWorld } from '../data/build.ts';
import { CONTEXTS, DEFAULT_CONTEXT } from '../data/encode.ts';
import { VOCABULARY_KINDS, VOCABULARY_SIZES, type VocabularyKind } from '../data/vocabulary/index.ts';
import type { DataWorld } from '../data/world.ts';
import { decodeWorld } from '../data/world.ts';
import type { LmSize } from '../models/lm/config.ts';
import { lmConfig } from '../models/lm/config.ts';
import type { Base } from '../recipes/base.ts';
import { labelParameters } from '../recipes/parameters.ts';
import type { Perplexity } from '../recipes/pretraining.ts';
import { openPretraining, pretrainSettings } from '../recipes/pretraining.ts';
import type { Options, Parsed } from './input.ts';
import { mistake, wholeOption } from './input.ts';
import { openInNode } from './surroundings.ts';

export const DATA_OPTIONS: Options = {
  '--data': 'a preference file',
  '--vocabulary': `one of ${VOCABULARY_KINDS.join(', ')}`,
  '--words': 'a whole number',
  '--context': `one of ${CONTEXTS.join(', ')}`,
  '--pretrain': 'a whole number of steps',
};

export interface OpenedData extends Omit<BuiltWorld, 'encoded'> {
  world: DataWorld;
}

export function worldOf(dataset: Dataset, options: Parsed['options']): OpenedData {
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
export function completed(value: unknown, world: DataWorld): unknown {
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

export const PRETRAIN_STEPS = 300;
const PRETRAIN_BATCH = 16;
const TOLD_EVERY = 50;
const PERPLEXITY_TEXTS = 256;

export interface Taught extends Base {
  perplexity: Perplexity;
}

/** On WASM, so that the same file and steps give the same base everywhere. */
export async function teach(world: DataWorld, size: LmSize, steps: number, seed: number): Promise<Taught> {
  const device = await openInNode('wasm');
  const config = lmConfig(size, world.words.length, world.context);
  const pretraining = await openPretraining(
    world,
    config,
    pretrainSettings(steps, PRETRAIN_BATCH),
    seed,
    device,
  );
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
