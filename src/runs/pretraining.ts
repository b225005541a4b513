/**
 * Pretraining a base policy on a world's texts, step by step: the one place where it happens, for the command line and a
 * worker. Knows no clock. On WASM the same world, settings and seed give the same bits, whatever the slices.
 */
import { NotFiniteError } from '../base/errors.ts';
import { exp } from '../base/maths.ts';
import { defaultsOf } from '../base/parameters.ts';
import type { Device } from '../engine/backend.ts';
import { ADAMW, optimiserParameters } from '../training/optimiser.ts';
import type { PretrainSettings } from '../training/pretrain.ts';
import { decayedRate, pretrainProgram } from '../training/pretrain.ts';
import { rowSum, sequenceRows } from '../training/sequences.ts';
import type { LmConfig } from '../models/lm/config.ts';
import { initialParameters } from '../models/lm/initialise.ts';
import { POLICY } from '../models/lm/programs.ts';
import type { Prompt, Split, World } from '../worlds/world.ts';
import { createReader, readerPrograms } from '../training/reader.ts';

export interface PretrainRow {
  /** Counts from 1. */
  step: number;
  /** Mean negative log-prob of the step's response tokens, in nats a token, before its update. */
  loss: number;
}

/** Of texts that no step has seen: mean negative log-prob a token, in nats, and its exponential. */
export interface Perplexity {
  nats: number;
  perplexity: number;
  texts: number;
}

export interface Pretraining {
  readonly world: World;
  readonly config: LmConfig;
  readonly settings: PretrainSettings;
  /** Updates made so far. */
  readonly step: number;
  /** Makes up to `count` updates. NotFiniteError where a loss is not finite. */
  advance(count: number): Promise<PretrainRow[]>;
  /** On at most `texts` held-out ones. */
  perplexity(texts: number): Promise<Perplexity>;
  /** A response for each stream number. */
  sample(prompt: Prompt, streams: readonly number[]): Promise<number[][]>;
  /** The flat block [P] as it is now. */
  parameters(): Promise<Float32Array<ArrayBuffer>>;
}

/** How a model is taught the language of a visitor's data, wherever that is done: the same steps give the same base policy. */
export const TEACHING = { steps: 300, batch: 16, seed: 0 } as const;

export function pretrainSettings(steps: number, batch: number, lr = 4e-3): PretrainSettings {
  const warmup_steps = Math.min(100, Math.ceil(steps / 10));
  return {
    steps,
    batch,
    optimiser: { ...defaultsOf(optimiserParameters), lr, warmup_steps, adam_beta2: 0.99 },
  };
}

export async function openPretraining(
  world: World,
  config: LmConfig,
  settings: PretrainSettings,
  seed: number,
  device: Device,
): Promise<Pretraining> {
  const { batch, optimiser, steps } = settings;
  const length = textLength(world);
  await device.load({
    ...readerPrograms(config, { score: [POLICY], generate: [POLICY] }),
    pretrain: pretrainProgram(config, batch, length),
  });
  device.write(POLICY, initialParameters(config, seed));
  const reader = createReader(device, config);
  let step = 0;

  const textsFrom = (first: number, count: number, split: Split) =>
    Array.from({ length: count }, (_, i) => {
      const { prompt, response } = world.corpus(seed, first + i, split);
      return { prompt: prompt.tokens, response };
    });

  const feedsOf = (k: number) => {
    const { tokens, targets, mask } = sequenceRows(textsFrom((k - 1) * batch, batch, 'train'), length);
    const rate = { ...optimiser, lr: decayedRate(settings, k), warmup_steps: 0 };
    return { tokens, targets, mask, ...ADAMW.feeds(rate, k) };
  };

  return {
    world,
    config,
    settings,
    get step() {
      return step;
    },
    advance: async (count) => {
      const ks = Array.from({ length: Math.min(count, steps - step) }, (_, i) => step + 1 + i);
      const outputs = await device.run('pretrain', ks.map(feedsOf));
      step += ks.length;
      return outputs.map((output, i) => {
        const row = { step: ks[i] as number, loss: output['loss']?.[0] as number };
        if (Number.isFinite(row.loss)) return row;
        throw new NotFiniteError(
          row.step,
          'the loss',
          'the learning rate. Take a smaller one and begin again.',
        );
      });
    },
    perplexity: async (texts) => {
      const sequences = textsFrom(0, Math.min(texts, world.stock?.['held-out'] ?? texts), 'held-out');
      const rows = sequenceRows(sequences, config.context);
      const logps = await reader.tokenLogps(sequences, POLICY, config.context);
      const total = sequences.reduce((sum, _, row) => sum + rowSum(rows, logps, row), 0);
      const nats = -total / rows.mask.reduce((a, b) => a + b, 0);
      return { nats, perplexity: exp(nats), texts: sequences.length };
    },
    sample: (prompt, streams) => reader.sample(prompt.tokens, POLICY, seed, streams),
    parameters: async () => Float32Array.from(await device.read(POLICY)),
  };
}

/** Predictions a row: as many as the longest text of a finite stock has, in steps of 8. */
function textLength(world: World): number {
  const { stock, context } = world;
  if (stock === null) return context;
  let longest = 8;
  for (let i = 0; i < stock.train; i++) {
    const { prompt, a, b } = world.pair(0, i);
    longest = Math.max(longest, prompt.tokens.length + Math.max(a.length, b.length) - 1);
  }
  return Math.min(context, Math.ceil(longest / 8) * 8);
}
