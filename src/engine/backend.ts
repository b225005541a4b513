/** What a backend is. Interface only: the implementations lie below, and `open.ts` alone imports them. */
import type { Graph } from './graph.ts';

export const BACKENDS = ['reference', 'wasm', 'webgpu'] as const;
export type BackendName = (typeof BACKENDS)[number];

/** Values that cross between caller and device; a replicated tensor's replicas lie one after the other. */
export type Values = Float32Array | Float64Array | Int32Array;
export type Feeds = Readonly<Record<string, ArrayLike<number>>>;
export type Outputs = Readonly<Record<string, Values>>;

export interface DeviceInfo {
  backend: BackendName;
  /** For people: `WASM SIMD`, or the adapter's vendor and architecture. */
  description: string;
  /** A graphics device in name only: it computes on the processor, and slower than WASM does. */
  software: boolean;
  /** Most bytes that an arena may take. */
  largestArena: number;
}

/**
 * A place where programs run. States keep their values from run to run and are shared by name between programs;
 * a state starts as zeros. All methods but `dispose` throw DeviceLostError once the device is lost.
 */
export interface Device {
  readonly info: DeviceInfo;
  /** Resolves with a reason when the device goes away without having been disposed of. */
  readonly lost: Promise<string>;
  /** Bytes of the arena as laid out now. */
  readonly arenaBytes: number;
  /**
   * Lays out the arena for these programs and compiles them; the compilation may go on while the first runs are asked for
   * (see `compiled`), and its failure is then theirs. The programs from before are gone. A state that exists
   * before and after with the same size keeps its values.
   */
  load(programs: Readonly<Record<string, Graph>>): Promise<void>;
  /** When all that is loaded is compiled, so that no run waits for it any more; absent where nothing compiles. */
  compiled?(): Promise<void>;
  /** Runs a program once per element of `feeds`, in order; resolves with each run's outputs. Missing feeds throw. */
  run(program: string, feeds: readonly Feeds[]): Promise<Outputs[]>;
  read(state: string): Promise<Values>;
  /** Takes effect before any later `run`. A wrong length throws ShapeError. */
  write(state: string, values: ArrayLike<number>): void;
  dispose(): void;
  /** Destroys the device as a driver reset would, to try out recovery; absent where nothing can be lost. */
  lose?(): void;
}
