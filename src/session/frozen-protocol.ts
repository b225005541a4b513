/**
 * What the page and the worker that runs models from outside say to each other. Types only. A file is looked into first
 * (`inspect`), then opened with a mapping that says which of its tensors mean what. Errors cross as data.
 */
import type { OnnxOrigin } from '../models/onnx/ours.ts';
import type { OnnxFile } from '../models/onnx/read.ts';
import type { Sequence } from '../training/sequences.ts';
import type { Tokens } from '../worlds/world.ts';
import type { Reply } from './protocol.ts';

/** What the page shows of a file. */
export interface FrozenFile extends Pick<
  OnnxFile,
  'bytes' | 'opset' | 'producer' | 'parameters' | 'nodes' | 'inputs' | 'outputs'
> {
  /** Of all its bytes, 64 hexadecimal digits. */
  sha256: string;
  /** What the file says of itself, where Swayground wrote it. */
  origin: OnnxOrigin | null;
}

/**
 * `score`: one number a sequence, higher is better. `logits`: scores of every word at every place, which make a policy:
 * it ranks by log-prob, and it can be sampled.
 */
export type FrozenReads = 'score' | 'logits';

/** Which tensors mean what, by name. */
export interface FrozenMapping {
  /** Token ids [batch, length]. */
  tokens: string;
  /** 1 for tokens, 0 for padding, of the same shape; null where the model takes none. */
  mask: string | null;
  output: string;
  reads: FrozenReads;
}

/** What a mapping is checked against. */
export interface FrozenSetting {
  words: readonly string[];
  /** Most tokens of prompt and response together. */
  context: number;
}

export interface FrozenReport {
  backend: 'webgpu' | 'wasm';
  /** Why not WebGPU, as a sentence; null when it is WebGPU. */
  whyNot: string | null;
}

export interface FrozenApi {
  /** A worker of another build of the site refuses with a StateError. */
  greet(build: string): void;
  /** Looks into a file and keeps its bytes for `open`; nothing is run. */
  inspect(bytes: Uint8Array): Promise<Reply<FrozenFile>>;
  /** Loads the runtime, if it is not there yet, and makes a session; tries it on one short sequence. */
  open(mapping: FrozenMapping, setting: FrozenSetting): Promise<Reply<FrozenReport>>;
  /** One number a sequence: the score, or the sum of the response's log-probs. */
  scores(sequences: readonly Sequence[]): Promise<Reply<number[]>>;
  /** Log-probs of the tokens of each response, for a model that gives logits. */
  logps(sequences: readonly Sequence[]): Promise<Reply<number[][]>>;
  /**
   * The same as a run is measured by: always on WASM, each sequence by itself, so that the same file gives the same bits in
   * every browser and in Node, whatever else is asked. Refused for tensors that were chosen against their names.
   */
  measure(sequences: readonly Sequence[]): Promise<Reply<number[][]>>;
  /**
   * One response (with `<eos>`, where it was reached in time) for each stream number, at temperature 1, with the random
   * numbers that our own policies draw for them.
   */
  sample(prompt: Tokens, seed: number, streams: readonly number[]): Promise<Reply<number[][]>>;
}
