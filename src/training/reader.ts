/** Reads models that are loaded on a device, each by the name of its state: scores responses, and samples new ones. Changes no parameter. */
import { range } from '../base/lists.ts';
import { streamKey } from '../base/random.ts';
import type { Device, Outputs, Values } from '../engine/backend.ts';
import type { Graph } from '../engine/graph.ts';
import type { LmConfig } from '../models/lm/config.ts';
import { compareProgram, GENERATED, generateProgram, POSITION, scoreProgram } from '../models/lm/programs.ts';
import type { Tokens } from '../worlds/world.ts';
import { EOS, PAD } from '../worlds/world.ts';
import type { Sequence, SequenceRows } from './sequences.ts';
import { rowSum, sequenceRows } from './sequences.ts';

/** Rows of one run of the scoring and of the sampling programs. */
const SCORED = 16;
const SAMPLED = 32;
/** Words that are sampled between two looks whether every row has ended. */
const LOOKS = 8;

/** What is to be read of which models, by the names of their states. */
export interface Reading {
  score?: readonly string[];
  compare?: readonly (readonly [model: string, other: string])[];
  generate?: readonly string[];
}

const scoring = (model: string): string => `score ${model}`;
const comparing = (model: string, other: string): string => `compare ${model} ${other}`;
const generating = (model: string): string => `generate ${model}`;

/** The programs to load beside whatever else the device runs. */
export function readerPrograms(config: LmConfig, reading: Reading): Record<string, Graph> {
  const ends = { eos: EOS, pad: PAD };
  const { context } = config;
  const { score = [], compare = [], generate = [] } = reading;
  return Object.fromEntries([
    ...score.map((model) => [scoring(model), scoreProgram(config, model, SCORED, context)]),
    ...compare.map(([model, other]) => [
      comparing(model, other),
      compareProgram(config, model, other, SCORED, context),
    ]),
    ...generate.map((model) => [generating(model), generateProgram(config, model, SAMPLED, ends)]),
  ]) as Record<string, Graph>;
}

/** `model`: of those whose programs were loaded. */
export interface Reader {
  /** Per-token log-probs, each sequence's `length` numbers one after the other (only those under the mask mean anything). */
  tokenLogps(sequences: readonly Sequence[], model: string, length: number): Promise<Float32Array>;
  /** Sums over the response. */
  logps(sequences: readonly Sequence[], model: string): Promise<number[]>;
  /** Everything about the tokens of a few responses, under a model and (`refLogp`, `kl`) another. */
  compare(sequences: readonly Sequence[], model: string, other: string): Promise<Compared>;
  /**
   * One response (with `<eos>`, where it was reached in time) for each stream number, at temperature 1. The same seed and
   * streams draw the same random numbers, whatever the model.
   */
  sample(prompt: Tokens, model: string, seed: number, streams: readonly number[]): Promise<number[][]>;
  /** The same, each response to a prompt of its own: one prompt and one stream number a response. */
  sampleEach(
    prompts: readonly Tokens[],
    model: string,
    seed: number,
    streams: readonly number[],
  ): Promise<number[][]>;
}

/** Values of each token of each row. */
export interface Compared {
  rows: SequenceRows;
  logp: number[];
  refLogp: number[];
  entropy: number[];
  kl: number[];
}

export function createReader(device: Device, config: LmConfig): Reader {
  const { context } = config;

  /** Runs a scoring program over any number of sequences, SCORED at a time, and joins each output. */
  const inBlocks = async (
    program: string,
    sequences: readonly Sequence[],
  ): Promise<{ rows: SequenceRows; outputs: Outputs[] }> => {
    const filled = [...sequences];
    while (filled.length % SCORED !== 0) filled.push({ prompt: [PAD], response: [PAD] });
    const rows = sequenceRows(filled, context);
    const size = SCORED * context;
    const feeds = Array.from({ length: filled.length / SCORED }, (_, i) => ({
      tokens: rows.tokens.subarray(i * size, (i + 1) * size),
      targets: rows.targets.subarray(i * size, (i + 1) * size),
    }));
    return { rows, outputs: await device.run(program, feeds) };
  };
  const joined = (outputs: readonly Outputs[], name: string): number[] =>
    outputs.flatMap((o) => [...(o[name] as Float32Array)]);

  const sampled: Reader['sampleEach'] = async (prompts, model, seed, streams) => {
    const responses: number[][] = [];
    for (let first = 0; first < streams.length; first += SAMPLED) {
      const [asked, wanted] = [prompts, streams].map((list) => list.slice(first, first + SAMPLED)) as [Tokens[], number[]]; // prettier-ignore
      responses.push(...(await sampleBlock(device, config, generating(model), asked, seed, wanted)));
    }
    return responses;
  };

  return {
    tokenLogps: async (sequences, model, length) => {
      const { outputs } = await inBlocks(scoring(model), sequences);
      const all = joined(outputs, 'logp');
      const kept = new Float32Array(sequences.length * length);
      for (let row = 0; row < sequences.length; row++) {
        kept.set(all.slice(row * context, row * context + Math.min(length, context)), row * length);
      }
      return kept;
    },
    logps: async (sequences, model) => {
      const { rows, outputs } = await inBlocks(scoring(model), sequences);
      const all = joined(outputs, 'logp');
      return sequences.map((_, row) => rowSum(rows, all, row));
    },
    compare: async (sequences, model, other) => {
      const { rows, outputs } = await inBlocks(comparing(model, other), sequences);
      const of = (name: string): number[] => joined(outputs, name);
      return { rows, logp: of('logp'), refLogp: of('ref_logp'), entropy: of('entropy'), kl: of('kl') };
    },
    sample: (prompt, model, seed, streams) =>
      sampled(
        streams.map(() => prompt),
        model,
        seed,
        streams,
      ),
    sampleEach: sampled,
  };
}

async function sampleBlock(
  device: Device,
  { context }: LmConfig,
  program: string,
  prompts: readonly Tokens[],
  seed: number,
  streams: readonly number[],
): Promise<number[][]> {
  const rows = range(0, SAMPLED).map((i) => prompts[i] ?? (prompts[0] as Tokens));
  device.write(
    GENERATED,
    rows.flatMap((prompt) => [...prompt, ...new Array<number>(context - prompt.length).fill(PAD)]),
  );
  device.write(POSITION, [0]);
  const feeds = {
    key: Int32Array.from(streamKey(seed, 'sampling')),
    stream: rows.map((_, i) => streams[i] ?? 0),
    prompt_length: rows.map((prompt) => prompt.length),
    temperature: [1],
  };
  let tokens: Values = new Int32Array(0);
  for (let made = 0; made < context - 1 && !rows.every((prompt, i) => isOver(tokens, i, prompt, context));) {
    const count = Math.min(LOOKS, context - 1 - made);
    await device.run(program, new Array<typeof feeds>(count).fill(feeds));
    tokens = await device.read(GENERATED);
    made += count;
  }
  return streams.map((_, row) => {
    const response = [...tokens.slice(row * context + (rows[row] as Tokens).length, (row + 1) * context)];
    const end = response.indexOf(EOS);
    return end < 0 ? response : response.slice(0, end + 1);
  });
}

/** Whether a row has reached its `<eos>`. */
function isOver(tokens: Values, row: number, { length }: Tokens, context: number): boolean {
  for (let at = row * context + length; at < (row + 1) * context && at < tokens.length; at++)
    if (tokens[at] === EOS) return true;
  return false;
}
