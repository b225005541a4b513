/**
 * `npm run pretrain -- reviews [--steps N] [--size micro]`: trains a world's base policies on WASM, the same bytes twice.
 * With `--picture` it only measures the Lab's first picture anew, from the checkpoint that is there.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { digest } from '../base/digest.ts';
import { exp } from '../base/maths.ts';
import { defaultsOf } from '../base/parameters.ts';
import type { Device } from '../engine/backend.ts';
import { optimiserParameters } from '../loops/optimiser.ts';
import { adamwNumbers } from '../loops/optimiser.ts';
import type { PretrainSettings } from '../loops/pretrain.ts';
import { decayedRate, pretrainProgram } from '../loops/pretrain.ts';
import { rowSum, sequenceRows } from '../loops/sequences.ts';
import { writeCheckpoint } from '../models/checkpoint/index.ts';
import type { LmConfig, LmSize } from '../models/lm/config.ts';
import { LM_SIZES, lmConfig, parameterCount } from '../models/lm/config.ts';
import { initialParameters } from '../models/lm/initialise.ts';
import { POLICY, REFERENCE } from '../models/lm/programs.ts';
import type { Base } from '../recipes/base.ts';
import { createScorer, scorerPrograms } from '../recipes/scorer.ts';
import { grammarWorldNamed } from '../worlds/index.ts';
import type { GrammarWorld, World } from '../worlds/world.ts';
import type { Measured } from './card.ts';
import { modelCard } from './card.ts';
import { firstPicture } from './first-picture.ts';
import { checkpointFolder, loadBase, openInNode } from './surroundings.ts';

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
  const world = grammarWorldNamed(name);
  const steps = options.includes('--steps') ? Number(option('--steps')) : SETTINGS.steps;
  const sizes = options.includes('--size') ? LM_SIZES.filter((size) => size === option('--size')) : LM_SIZES;
  if (options.includes('--picture')) {
    await writePicture(world, await loadBase(world.name, PICTURED));
    return 0;
  }
  for (const size of sizes) {
    const config = lmConfig(size, world.words.length, world.context);
    const settings = { ...SETTINGS, steps };
    const parameters = await train(world, config, settings);
    const measured = await measure(world, config, parameters);
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
  const picture = await firstPicture(world, base);
  await writeFile(
    `${checkpointFolder(world.name, PICTURED)}/first-picture.json`,
    `${JSON.stringify(picture, null, 1)}\n`,
  );
}

async function train(world: World, config: LmConfig, settings: PretrainSettings): Promise<Float32Array> {
  const device = await openInNode('wasm');
  const { context: length } = config;
  await device.load({ pretrain: pretrainProgram(config, settings.batch, length) });
  device.write(POLICY, initialParameters(config, SEED));
  let losses = 0;
  for (let step = 1; step <= settings.steps; step++) {
    const first = (step - 1) * settings.batch;
    const examples = Array.from({ length: settings.batch }, (_, i) => world.corpus(SEED, first + i));
    const sequences = examples.map(({ prompt, response }) => ({ prompt: prompt.tokens, response }));
    const { tokens, targets, mask } = sequenceRows(sequences, length);
    const hyper = adamwNumbers(
      { ...settings.optimiser, lr: decayedRate(settings, step), warmup_steps: 0 },
      step,
    );
    const [output] = await device.run('pretrain', [
      { tokens, targets, mask, hyper, max_grad_norm: [settings.optimiser.max_grad_norm] },
    ]);
    losses += output?.['loss']?.[0] as number;
    if (step % 200 === 0) {
      process.stderr.write(`step ${step}: ${(losses / 200).toFixed(4)} nats a token\n`);
      losses = 0;
    }
  }
  const parameters = Float32Array.from(await device.read(POLICY));
  device.dispose();
  return parameters;
}

const HELD_OUT_REVIEWS = 1024;
const SAMPLES_A_PROMPT = 32;

async function measure(world: GrammarWorld, config: LmConfig, parameters: Float32Array): Promise<Measured> {
  const device: Device = await openInNode('wasm');
  await device.load(scorerPrograms(config));
  device.write(POLICY, parameters);
  device.write(REFERENCE, parameters);
  const scorer = createScorer(device, config);

  const examples = Array.from({ length: HELD_OUT_REVIEWS }, (_, i) => world.corpus(SEED, i, 'held-out'));
  const sequences = examples.map(({ prompt, response }) => ({ prompt: prompt.tokens, response }));
  const rows = sequenceRows(sequences, config.context);
  const logps = await scorer.tokenLogps(sequences, 'policy', config.context);
  const total = sequences.reduce((sum, _, row) => sum + rowSum(rows, logps, row), 0);
  const nats = -total / rows.mask.reduce((a, b) => a + b, 0);

  let good = 0;
  for (const [i, prompt] of world.prompts.entries()) {
    const streams = Array.from({ length: SAMPLES_A_PROMPT }, (_, s) => i * SAMPLES_A_PROMPT + s);
    const responses = await scorer.sample(prompt.tokens, 'policy', SEED, streams);
    good += responses.filter((response) => world.parse(prompt, response).ok).length;
  }
  device.dispose();
  const samples = world.prompts.length * SAMPLES_A_PROMPT;
  return { nats, perplexity: exp(nats), reviews: HELD_OUT_REVIEWS, grammatical: good / samples, samples };
}
