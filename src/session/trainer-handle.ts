/** The page's side of a worker that trains a policy, or all policies of a race side by side. */
import { proxy } from 'comlink';
import type { AskReference, OpenRequest, TrainerApi, TrainerEvent } from './protocol.ts';
import { RunHandle, type RunListener } from './run-handle.ts';
import type { WorkerWords } from './worker-line.ts';

export type HandleListener = RunListener<TrainerEvent>;

export const TRAINER_WORDS: WorkerWords = {
  who: 'The trainer’s worker',
  cure: 'Reset starts a new one.',
  none: 'No run is open. Reset opens one.',
};
export const TRAINER_SECONDS = { open: 180, call: 60 };
/** Whatever a run with a model from outside is asked may first have to be asked of that model, which has deadlines of its own. */
const MEASURED_SECONDS = 900;

/** A model from outside that is open on the page, and may be what a run is measured by. */
export interface OutsideReference {
  sha256: string;
  ask: AskReference;
}

export interface OpenOptions extends Omit<OpenRequest, 'runId' | 'reference'> {
  /** For a recipe that names it. */
  outside?: OutsideReference;
}

export class TrainerHandle extends RunHandle<TrainerApi, TrainerEvent> {
  /** `race`: one that answers to `RaceApi`. */
  constructor(listener: HandleListener, name: 'trainer' | 'race' = 'trainer') {
    super({ name, words: TRAINER_WORDS, seconds: TRAINER_SECONDS }, listener);
  }

  override open({ outside, ...options }: OpenOptions): ReturnType<TrainerApi['open']> {
    this.leastSeconds = outside ? MEASURED_SECONDS : 0;
    if (!outside) return super.open(options);
    return super.open({ reference: outside.sha256, ...options }, proxy(outside.ask));
  }
}
