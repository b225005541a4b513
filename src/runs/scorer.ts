/**
 * The models of a run, by what they are to it: the policy that trains, the reference that its loss is measured against, and
 * the start, the model before any training. The last two are one model, and one state, unless the reference moves.
 */
import type { Device } from '../engine/backend.ts';
import type { Graph } from '../engine/graph.ts';
import type { LmConfig } from '../models/lm/config.ts';
import { POLICY, REFERENCE, START } from '../models/lm/programs.ts';
import type { Compared } from '../training/reader.ts';
import { createReader, readerPrograms } from '../training/reader.ts';
import type { Sequence } from '../training/sequences.ts';
import type { Tokens } from '../worlds/world.ts';

export type ScoredModel = 'policy' | 'reference' | 'start';

/** The state of each. `moves`: the reference has parameters of its own. */
const statesOf = (moves: boolean): Record<ScoredModel, string> => ({
  policy: POLICY,
  reference: REFERENCE,
  start: moves ? START : REFERENCE,
});

/** The programs of `createScorer`, made for the same `moves`. */
export function scorerPrograms(config: LmConfig, moves = false): Record<string, Graph> {
  const { policy, reference, start } = statesOf(moves);
  return readerPrograms(config, {
    score: [...new Set([policy, reference, start])],
    compare: [[policy, start]],
    generate: [policy, start],
  });
}

/** As a Reader, of these three. */
export interface Scorer {
  tokenLogps(sequences: readonly Sequence[], model: ScoredModel, length: number): Promise<Float32Array>;
  logps(sequences: readonly Sequence[], model: ScoredModel): Promise<number[]>;
  /** The policy, and (`refLogp`, `kl`) the model before training. */
  compare(sequences: readonly Sequence[]): Promise<Compared>;
  sample(
    prompt: Tokens,
    model: 'policy' | 'start',
    seed: number,
    streams: readonly number[],
  ): Promise<number[][]>;
  sampleEach(
    prompts: readonly Tokens[],
    model: 'policy' | 'start',
    seed: number,
    streams: readonly number[],
  ): Promise<number[][]>;
}

export function createScorer(device: Device, config: LmConfig, moves = false): Scorer {
  const reader = createReader(device, config);
  const states = statesOf(moves);
  return {
    tokenLogps: (sequences, model, length) => reader.tokenLogps(sequences, states[model], length),
    logps: (sequences, model) => reader.logps(sequences, states[model]),
    compare: (sequences) => reader.compare(sequences, states.policy, states.start),
    sample: (prompt, model, seed, streams) => reader.sample(prompt, states[model], seed, streams),
    sampleEach: (prompts, model, seed, streams) => reader.sampleEach(prompts, states[model], seed, streams),
  };
}
