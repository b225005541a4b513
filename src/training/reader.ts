/** Reads models that are loaded on a device, each by the name of its state: scores responses, and samples new ones. Changes no parameter. */
import { range } from '../base/lists.ts';
import { streamKey } from '../base/random.ts';
import type { Device, Values } from '../engine/backend.ts';
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

/** What rows of scoring programs hold: sequences that are short need not be read to the context's end. */
const lengthsOf = ({ context }: LmConfig): number[] =>
  [0.375, 0.5625, 0.75, 1].map((share) => Math.ceil(share * context));

const scoring = (model: string): string => `score ${model}`;
const comparing = (model: string, other: string): string => `compare ${model} ${other}`;
const ofLength = (program: string, length: number): string => `${program} ${length}`;
const generating = (model: string): string => `generate ${model}`;

/** The programs to load beside whatever else the device runs. */
export function readerPrograms(config: LmConfig, reading: Reading): Record<string, Graph> {
  const ends = { eos: EOS, pad: PAD };
  const { score = [], compare = [], generate = [] } = reading;
  return Object.fromEntries([
    ...lengthsOf(config).flatMap((length) => [
      ...score.map((model) => [
        ofLength(scoring(model), length),
        scoreProgram(config, model, SCORED, length),
      ]),
      ...compare.map(([model, other]) => [
        ofLength(comparing(model, other), length),
        compareProgram(config, model, other, SCORED, length),
      ]),
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

  const lengths = lengthsOf(config);

  /**
   * Runs a scoring program over any number of sequences, SCORED at a time, each block at the length of its longest; gives
   * each output named, all rows as long as the context. Every length is called, so that lanes keep step.
   */
  const inBlocks = async <T extends string>(
    program: string,
    sequences: readonly Sequence[],
    names: readonly T[],
  ): Promise<{ rows: SequenceRows } & Record<T, number[]>> => {
    const rows = sequenceRows(sequences, context);
    const predicted = ({ prompt, response }: Sequence): number => prompt.length + response.length - 1;
    const order = [...sequences.keys()].sort(
      (i, j) => predicted(sequences[i]!) - predicted(sequences[j]!) || i - j,
    );
    const blocks = Array.from({ length: Math.ceil(order.length / SCORED) }, (_, b) => {
      const members = order.slice(b * SCORED, (b + 1) * SCORED);
      const longest = predicted(sequences[members.at(-1)!]!);
      return { members, length: lengths.find((length) => length >= longest) };
    });
    const outputs = names.map(() => new Array<number>(sequences.length * context).fill(0));
    for (const length of lengths) {
      const here = blocks.filter((block) => block.length === length);
      const feeds = here.map(({ members }) => {
        const block = { tokens: new Int32Array(SCORED * length), targets: new Int32Array(SCORED * length) };
        members.forEach((row, i) => {
          for (const name of ['tokens', 'targets'] as const)
            block[name].set(rows[name].subarray(row * context, row * context + length), i * length);
        });
        return block;
      });
      const read = await device.run(ofLength(program, length), feeds);
      here.forEach(({ members }, b) => {
        members.forEach((row, i) => {
          names.forEach((name, n) => {
            const values = read[b]?.[name] as Float32Array;
            for (let t = 0; t < length; t++) outputs[n]![row * context + t] = values[i * length + t]!;
          });
        });
      });
    }
    const named = Object.fromEntries(names.map((name, n) => [name, outputs[n]]));
    return { rows, ...(named as Record<T, number[]>) };
  };

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
      const { logp } = await inBlocks(scoring(model), sequences, ['logp']);
      const kept = new Float32Array(sequences.length * length);
      for (let row = 0; row < sequences.length; row++) {
        kept.set(logp.slice(row * context, row * context + Math.min(length, context)), row * length);
      }
      return kept;
    },
    logps: async (sequences, model) => {
      const { rows, logp } = await inBlocks(scoring(model), sequences, ['logp']);
      return sequences.map((_, row) => rowSum(rows, logp, row));
    },
    compare: async (sequences, model, other) => {
      const names = ['logp', 'ref_logp', 'entropy', 'kl'] as const;
      const { ref_logp: refLogp, ...rest } = await inBlocks(comparing(model, other), sequences, names);
      return { ...rest, refLogp };
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
