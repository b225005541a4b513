/** What the page and the worker that makes worlds of data say to each other. Types only; the rules are those of protocol.ts. */
import type { ErrorData } from '../base/errors.ts';
import type { BuiltWorld, WorldChoices } from '../data/build.ts';
import type { EncodedWorld } from '../data/encoded-world.ts';
import type { PackedDataset } from '../data/read/packed.ts';
import type { LmSize } from '../models/lm/config.ts';
import type { Perplexity, PretrainRow } from '../runs/pretraining.ts';
import type { FirstPicture } from '../runs/views.ts';
import type { Phase, Reply } from './protocol.ts';

export interface TeachRequest {
  runId: string;
  world: EncodedWorld;
  size: LmSize;
  /** Updates, and texts an update. */
  steps: number;
  batch: number;
  seed: number;
}

/** A base policy of a world of data. */
export interface Learned {
  size: LmSize;
  /** The flat block [P]. */
  parameters: Float32Array<ArrayBuffer>;
  /** Of the parameters' bytes. */
  digest: string;
  /** Updates behind it. */
  step: number;
}

/** With what a Lab shows of it before its own run is open. */
export interface TaughtBase extends Learned {
  picture: FirstPicture;
}

/** A base policy that was kept, with its world; nothing of it is believed. */
export interface BringRequest extends Omit<Learned, 'size'> {
  world: EncodedWorld;
  size: string;
}

export type TeachPhase = Phase;

/** What the model says now, to a held-out prompt, and how well it foretells held-out texts. */
export interface Heard {
  step: number;
  perplexity: Perplexity;
  prompt: string;
  samples: string[];
}

export type TeachEvent = { runId: string } & (
  | {
      kind: 'progress';
      phase: TeachPhase;
      step: number;
      rows: PretrainRow[];
      stepsPerSecond: number | null;
    }
  | { kind: 'heard'; heard: Heard }
  | { kind: 'failed'; error: ErrorData }
);

export interface TeachApi {
  /** `build`: the page's; one of another build is refused. */
  subscribe(listener: (event: TeachEvent) => void, build: string): void;
  /** Learns the vocabulary and encodes. Mistakes come back as issues. */
  build(dataset: PackedDataset, choices: WorldChoices): Promise<Reply<BuiltWorld>>;
  /** A model that knows nothing yet, in place of the one before. Replies with how many parameters it has. */
  open(request: TeachRequest): Promise<Reply<number>>;
  /** To the last step, to step `until`, or to the next pause. */
  train(runId: string, until?: number): Promise<Reply<null>>;
  pause(runId: string): Promise<Reply<null>>;
  /** As it is now, and it trains on. */
  learned(runId: string): Promise<Reply<Learned>>;
  /** As it is now; a model that trains is paused first. */
  taught(runId: string): Promise<Reply<TaughtBase>>;
  /** What was kept, checked and measured anew. An issue where it is damaged. */
  bring(request: BringRequest): Promise<Reply<TaughtBase>>;
}
