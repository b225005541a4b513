/** What the page asks of a subject's worker. Types only. */
import type { MatmulSize } from '../src/session/device-workload.ts';

/** Losses of the steps made, in order, and how long they took together. */
export interface Timed {
  ms: number;
  losses: number[];
}

export interface Subject {
  /** Opens the device; resolves with how long that took and what it is. */
  open(): Promise<{ ms: number; description: string }>;
  /** From an opened device to the end of the first step: graph, compilation, upload, step, loss read back. */
  first(): Promise<Timed>;
  /** More steps of the same run. */
  steps(count: number): Promise<Timed>;
}

/** What our own worker can do besides. */
export interface OwnSubject extends Subject {
  /** Lays out the other programs beside the training program; parameters stay. */
  loadAll(): Promise<void>;
  /** Fills 32 rows up to the whole context with the KV cache. */
  generate(): Promise<{ ms: number; tokens: number }>;
  matmul(size: MatmulSize, count: number): Promise<number>;
  /** Multiplications and additions in one training step. */
  flops(): Promise<number>;
  /** Bytes of the arena with all programs that the Lab loads for 200 labels. */
  arenaBytes(): Promise<number>;
}

export const SUBJECTS = [
  'swayground-wasm',
  'swayground-webgpu',
  'jax-js-wasm',
  'jax-js-wasm-threads',
  'jax-js-webgpu',
] as const;
export type SubjectName = (typeof SUBJECTS)[number];
