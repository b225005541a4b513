/**
 * `npm run pretrain -- reviews [--steps N] [--size micro]`: trains a world's base policies on WASM, the same bytes twice.
 * With `--picture` it only measures the Lab's first picture anew, from the checkpoint that is there.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { digest } from '../base/digest.ts';
import { mean } from '../base/maths.ts';
import { defaultsOf } from '../base/parameters.ts';
import { optimiserParameters } from '../training/optimiser.ts';
import type { PretrainSettings } from '../training/pretrain.ts';
import { writeCheckpoint } from '../models/checkpoint/index.ts';
import type { LmConfig, LmSize } from '../models/lm/config.ts';
import { LM_SIZES, lmConfig, parameterCount } from '../models/lm/config.ts';
import type { Base } from '../runs/base.ts';
import { firstPicture } from '../runs/first-picture.ts';
import type { Pretraining } from '../runs/pretraining.ts';
import { openPretraining } from '../runs/pretraining.ts';
import { builtInWorld } from '../worlds/index.ts';
import type { GrammarWorld, World } from '../worlds/world.ts';
import type { Measured } from './card.ts';
import { modelCard } from './card.ts';
import { checkpointFolder, loadBase, openInNode } from './node-host.ts';

const SEED = 1;
const SETTINGS: PretrainSettings = {
  steps: 6000,
  batch: 64,
  optimiser: { ...defaultsOf(optimiserParameters), lr: 4e-3, warmup_steps: 100, adam_beta2: 0.99 },
};

export async function main(argv: string[]): Promise<number> {
  const [name, ...options] = argv;
  if (name === undefined) {
    process.stderr.write('Usage: npm run pretrain -- WORLD [--steps N] [--size SIZE]\n');
    return 2;
  }
  const option = (key: string): string | undefined => options[options.indexOf(key) + 1];
  const world = await builtInWorld(name);
  const steps = options.includes('--steps') ? Number(option('--steps')) : SETTINGS.steps;
  const sizes = options.includes('--size') ? LM_SIZES.filter((size) => size === option('--size')) : LM_SIZES;
  if (options.includes('--picture')) {
    await writePicture(world, await loadBase(world.name, PICTURED));
    return 0;
  }
  for (const size of sizes) {
    const config = lmConfig(size, world.words.length, world.context);
    const settings = { ...SETTINGS, steps };
    const { parameters, measured } = await train(world, config, settings);
    const folder = checkpointFolder(world.name, size);
    await mkdir(folder, { recursive: true });
    const files = writeCheckpoint(config, parameters, world.words);
    const bytes = new Uint8Array(parameters.buffer);
    const card = modelCard(world, size, config, settings, measured, SEED, digest(bytes));
    for (const [file, content] of Object.entries({ ...files, 'README.md': card })) {
      await writeFile(`${folder}/${file}`, content);
    }
    if (size === PICTURED) await writePicture(world, { config, parameters });
    process.stdout.write(
      `${folder}: ${parameterCount(config)} parameters, digest ${digest(bytes)}, perplexity ${measured.perplexity.toFixed(3)}, grammatical ${(100 * measured.grammatical).toFixed(1)}%\n`,
    );
  }
  return 0;
}

/** The size that the Lab opens with. */
const PICTURED: LmSize = 'micro';

async function writePicture(world: World, base: Base): Promise<void> {
  const picture = await firstPicture(world, base, await openInNode('wasm'));
  await writeFile(
    `${checkpointFolder(world.name, PICTURED)}/first-picture.json`,
    `${JSON.stringify(picture, null, 1)}\n`,
  );
}

const TOLD_EVERY = 200;

async function train(
  world: GrammarWorld,
  config: LmConfig,
  settings: PretrainSettings,
): Promise<{ parameters: Float32Array<ArrayBuffer>; measured: Measured }> {
  const device = await openInNode('wasm');
  const pretraining = await openPretraining(world, config, settings, SEED, device);
  while (pretraining.step < settings.steps) {
    const rows = await pretraining.advance(TOLD_EVERY);
    const nats = mean(rows.map(({ loss }) => loss));
    process.stderr.write(`step ${pretraining.step}: ${nats.toFixed(4)} nats a token\n`);
  }
  const done = { parameters: await pretraining.parameters(), measured: await measure(world, pretraining) };
  device.dispose();
  return done;
}

const HELD_OUT_REVIEWS = 1024;
const SAMPLES_A_PROMPT = 32;

async function measure(world: GrammarWorld, pretraining: Pretraining): Promise<Measured> {
  const { nats, perplexity, texts: reviews } = await pretraining.perplexity(HELD_OUT_REVIEWS);
  let good = 0;
  for (const [i, prompt] of world.prompts.entries()) {
    const streams = Array.from({ length: SAMPLES_A_PROMPT }, (_, s) => i * SAMPLES_A_PROMPT + s);
    const responses = await pretraining.sample(prompt, streams);
    good += responses.filter((response) => world.parse(prompt, response).ok).length;
  }
  const samples = world.prompts.length * SAMPLES_A_PROMPT;
  return { nats, perplexity, reviews, grammatical: good / samples, samples };
}
