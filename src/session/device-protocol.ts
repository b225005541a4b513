/** What the page and the worker that measures a device say to each other. Types only; the rules are those of protocol.ts. */
import type { BackendName } from '../engine/backend.ts';
import type { GradientReport } from './device-gradient.ts';
import type { Rate } from './device-timing.ts';
import type { MatmulSize } from './device-workload.ts';
import type { Reply } from './protocol.ts';

/** Products a second of one size; null where the clock is too coarse. */
export interface KernelRate {
  size: MatmulSize;
  rate: Rate | null;
}

/** What is known of a backend; null: not measured (yet). */
export interface BackendMeasure {
  backend: Exclude<BackendName, 'reference'>;
  /** As the device names itself; null where it did not open. */
  description: string | null;
  /** A graphics device in name only, which computes on the processor. */
  software: boolean;
  /** Why it could not be opened, or what ended the measuring, as a sentence. */
  problem: string | null;
  gradient: GradientReport | null;
  kernels: KernelRate[];
  /** Milliseconds from loading the programs to the end of the first step, compilation with it. */
  firstStepMs: number | null;
  /** Steps a second. */
  training: Rate | 'coarse clock' | null;
  /** Times a second that 32 rows are filled with words. */
  generation: Rate | 'coarse clock' | null;
}

export interface DeviceProgress {
  /** 0 to 1. */
  done: number;
  /** What is being measured. */
  doing: string;
  measures: BackendMeasure[];
}

export interface DeviceApi {
  /** `build`: the page's; one of another build is refused. */
  subscribe(listener: (progress: DeviceProgress) => void, build: string): void;
  /** Measures both backends, one after the other; it ends early only with its worker. */
  measure(): Promise<Reply<BackendMeasure[]>>;
}
