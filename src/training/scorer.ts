/** Reads a model that is loaded on a device: scores given responses, and samples new ones. Changes no parameter. */
import { streamKey } from '../base/random.ts';
import type { Device, Outputs } from '../engine/backend.ts';
import type { Graph } from '../engine/graph.ts';
import type { Sequence, SequenceRows } from './sequences.ts';
import { rowSum, sequenceRows } from './sequences.ts';
import type { LmConfig } from '../models/lm/config.ts';
import {
  compareProgram,
  GENERATED,
  generateProgram,
  POLICY,
  POSITION,
  REFERENCE,
  scoreProgram,
  START,
} from '../models/lm/programs.ts';
import type { Tokens } from '../worlds/world.ts';
import { EOS, PAD } from '../worlds/world.ts';

/** Rows of one run of the scoring and of the sampling programs. */
const SCORED = 16;
const SAMPLED = 32;

/**
 * `policy`; `reference`, what the loss is measured against; `start`, the model before any training. The last two are one
 * model unless the reference moves.
 */
export type ScoredModel = 'policy' | 'reference' | 'start';

/** The programs to load beside whatever else the device runs. `moves`: the reference has parameters of its own. */
export function scorerPrograms(config: LmConfig, moves = false): Record<string, Graph> {
  const ends = { eos: EOS, pad: PAD };
  const start = moves ? START : REFERENCE;
  const { context } = config;
  return {
    score: scoreProgram(config, POLICY, SCORED, context),
    scoreReference: scoreProgram(config, REFERENCE, SCORED, context),
    ...(moves ? { scoreStart: scoreProgram(config, START, SCORED, context) } : {}),
    compare: compareProgram(config, start, SCORED, context),
    generate: generateProgram(config, POLICY, SAMPLED, ends),
    generateStart: generateProgram(config, start, SAMPLED, ends),
  };
}

export interface Scorer {
  /** Per-token log-probs, each sequence's `length` numbers one after the other (only those under the mask mean anything). */
  tokenLogps(sequences: readonly Sequence[], model: ScoredModel, length: number): Promise<Float32Array>;
  /** Sums over the response. */
  logps(sequences: readonly Sequence[], model: ScoredModel): Promise<number[]>;
  /** Everything about the tokens of a few responses, under the policy and (`refLogp`, `kl`) the model before training. */
  compare(
    sequences: readonly Sequence[],
  ): Promise<{ rows: SequenceRows; logp: number[]; refLogp: number[]; entropy: number[]; kl: number[] }>;
  /**
   * One response (with `<eos>`, where it was reached in time) for each stream number, at temperature 1. The same seed and
   * streams draw the same random numbers, whatever the model.
   */
  sample(
    prompt: Tokens,
    model: 'policy' | 'start',
    seed: number,
    streams: readonly number[],
  ): Promise<number[][]>;
}

/** `moves` as the programs were made with. */
export function createScorer(device: Device, config: LmConfig, moves = false): Scorer {
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

  const programs: Record<ScoredModel, string> = {
    policy: 'score',
    reference: 'scoreReference',
    start: moves ? 'scoreStart' : 'scoreReference',
  };

  return {
    tokenLogps: async (sequences, model, length) => {
      const { outputs } = await inBlocks(programs[model], sequences);
      const all = joined(outputs, 'logp');
      const kept = new Float32Array(sequences.length * length);
      for (let row = 0; row < sequences.length; row++) {
        kept.set(all.slice(row * context, row * context + Math.min(length, context)), row * length);
      }
      return kept;
    },
    logps: async (sequences, model) => {
      const { rows, outputs } = await inBlocks(programs[model], sequences);
      const all = joined(outputs, 'logp');
      return sequences.map((_, row) => rowSum(rows, all, row));
    },
    compare: async (sequences) => {
      const { rows, outputs } = await inBlocks('compare', sequences);
      const [logp, refLogp, entropy, kl] = ['logp', 'ref_logp', 'entropy', 'kl'].map((name) =>
        joined(outputs, name),
      ) as [number[], number[], number[], number[]];
      return { rows, logp, refLogp, entropy, kl };
    },
    sample: async (prompt, model, seed, streams) => {
      const responses: number[][] = [];
      for (let first = 0; first < streams.length; first += SAMPLED) {
        const wanted = streams.slice(first, first + SAMPLED);
        responses.push(
          ...(await sampleBlock(
            device,
            config,
            model === 'policy' ? 'generate' : 'generateStart',
            prompt,
            seed,
            wanted,
          )),
        );
      }
      return responses;
    },
  };
}

async function sampleBlock(
  device: Device,
  { context }: LmConfig,
  program: string,
  prompt: Tokens,
  seed: number,
  streams: readonly number[],
): Promise<number[][]> {
  const rows = Array.from({ length: SAMPLED }, () => [
    ...prompt,
    ...new Array<number>(context - prompt.length).fill(PAD),
  ]);
  device.write(GENERATED, rows.flat());
  device.write(POSITION, [0]);
  const feeds = {
    key: Int32Array.from(streamKey(seed, 'sampling')),
    stream: Array.from({ length: SAMPLED }, (_, i) => streams[i] ?? 0),
    prompt_length: rows.map(() => prompt.length),
    temperature: [1],
  };
  await device.run(program, new Array<typeof feeds>(context - 1).fill(feeds));
  const tokens = await device.read(GENERATED);
  return streams.map((_, row) => {
    const response = [...tokens.slice(row * context + prompt.length, (row + 1) * context)];
    const end = response.indexOf(EOS);
    return end < 0 ? response : response.slice(0, end + 1);
  });
}
