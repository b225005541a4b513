/**
 * What the page and the trainer worker say to each other. Types only. The page calls `TrainerApi` through comlink; the
 * worker reports through one listener. Everything that crosses bears the id of the run that it belongs to; an event of
 * an older run is dropped by the page's handle. Errors cross as data.
 */
import type { ErrorData } from '../base/errors.ts';
import type { BackendName } from '../engine/backend.ts';
import type { Label } from '../labelers/labeler.ts';
import type { Sequence } from '../training/sequences.ts';
import type { StepMetrics } from '../metrics/metrics.ts';
import type { Health } from '../storage/health.ts';
import type { Receipt } from '../runs/receipt.ts';
import type { Recipe } from '../recipes/schema.ts';
import type { Story } from '../runs/story.ts';
import type { TakenKind } from './take-away.ts';
import type { TitledRunKey } from './keeper.ts';
import type { OwnWorld } from './own-world.ts';
import type { UnusedLabels } from '../runs/pairs.ts';
import type { LogRatios } from '../runs/step-rows.ts';
import type { Evaluation, PromptView, Ranking, RoundView, Samples, TokenView } from '../runs/views.ts';
import type { Tokens } from '../worlds/world.ts';

export type Phase = 'ready' | 'running' | 'paused' | 'finished' | 'failed';

export type Reply<T> = { ok: true; value: T } | { ok: false; error: ErrorData };

export interface OpenRequest {
  runId: string;
  /** Absolute address of the site's root, where `models/` lies; ends with a slash. */
  site: string;
  /**
   * Checked by the worker against the recipe schema; a mistake comes back as issues, and nothing starts. A worker for races
   * takes the recipes of all runs, seed by seed.
   */
  recipe: unknown;
  /** `auto`: WebGPU where there is one, else WASM, and the reply says why not the other. */
  backend: BackendName | 'auto';
  /** The prompt whose ranking and samples are followed. */
  prompt: string;
  /** The world of the recipe, where it is made of a visitor's own data. */
  own?: OwnWorld;
  /** Flat block [P] of the model that the recipe starts from, where that one was brought. */
  given?: Float32Array;
  /** SHA-256 of the model from outside that is open on the page; a recipe that names it is measured by it. */
  reference?: string;
  /** Where the run is kept; without it, nowhere. */
  keep?: KeepRequest;
  /** A capsule: the run that it holds goes on. For a run that is kept nowhere. */
  carried?: string;
  /** A story to be told to its end: changes come by themselves, until somebody else changes something. */
  tell?: Telling;
}

/** Asks the model from outside for log-probs of the tokens of each response, as long as it is open. */
export type AskReference = (sequences: readonly Sequence[]) => Promise<Reply<number[][]>>;

export interface KeepRequest extends TitledRunKey {
  /** Goes on where it was kept, with the story's last recipe in place of the one given; begins if there is no such run. */
  resume: boolean;
}

export interface Telling {
  /** Each recipe is checked; steps rise from 1 on. */
  changes: readonly { step: number; recipe: unknown }[];
  /** Updates in all. */
  steps: number;
}

/** A run's story so far, and the receipt for it; null before the first step. */
export interface ToldRun {
  story: Story;
  receipt: Receipt | null;
}

/** How a backend came to be used. */
export interface BackendReport {
  backend: BackendName;
  /** `NVIDIA ampere`, `WASM SIMD`. */
  description: string;
  /** The graphics device that compiles meanwhile: the run moves there by itself. Null when none does. */
  compiling: string | null;
  /** Why not WebGPU, as a sentence; null when it is WebGPU, or will be. */
  whyNot: string | null;
  arenaBytes: number;
  parameters: number;
}

export interface Progress {
  phase: Phase;
  /** Steps done and steps asked for. */
  step: number;
  steps: number;
  /** Lower quartile over the last slices, so that a stolen processor does not show; null before the first slice. */
  stepsPerSecond: number | null;
  tokensPerSecond: number | null;
  /** Pairs that the objective learns from; 0 means that Train has nothing to do. */
  pairs: number;
  /** Labels that it has no use for. */
  unused: UnusedLabels;
}

/** What the worker reports, unasked. */
export type TrainerEvent = {
  runId: string;
  /** Of a race: which of its recipes the event is about; without it, all of them. Absent for a run of its own. */
  lane?: number;
} & (
  | { kind: 'progress'; progress: Progress }
  /** Rows of the steps since the last such event, in order; and the pairs of the last of them. */
  | { kind: 'metrics'; rows: StepMetrics[]; pairs: LogRatios | null }
  /** What a run that was kept brings along: its curves, its recipe, and what could not be brought back. */
  | {
      kind: 'returned';
      recipe: Recipe;
      rows: StepMetrics[];
      evaluations: Evaluation[];
      losses: readonly string[];
    }
  /** The run is kept up to that step; null: it was deleted elsewhere and is not kept any more. */
  | { kind: 'kept'; step: number | null }
  /** A save failed; it is tried again with the next. */
  | { kind: 'unkept'; error: ErrorData }
  /** Whether the worker's writes reach the database. */
  | { kind: 'health'; health: Health }
  /** The story that is told has come to a change. */
  | { kind: 'changed'; recipe: Recipe }
  | { kind: 'evaluation'; evaluation: Evaluation; ranking: Ranking }
  | { kind: 'samples'; samples: Samples }
  /** What the policy wrote in a new round of online training. */
  | { kind: 'round'; round: RoundView }
  /** Another backend took over, or will not: `message` says so to the visitor, where there is something to be said. */
  | { kind: 'backend'; report: BackendReport; message: string | null }
  /** The run stopped; parameters are those of the newest mirror, whose step the progress before this tells. */
  | { kind: 'failed'; error: ErrorData }
);

export interface TrainerApi {
  /**
   * Reports go to this listener from now on (a comlink proxy). `build` is the page's; a worker of another build of the
   * site refuses with a StateError, since the two might not mean the same by what they say.
   */
  subscribe(listener: (event: TrainerEvent) => void, build: string): void;
  /**
   * Closes the run before, if any. Replies with the first evaluation; events follow. `ask` (a comlink proxy) belongs to
   * `request.reference`.
   */
  open(request: OpenRequest, ask?: AskReference): Promise<Reply<BackendReport>>;
  train(runId: string): Promise<Reply<null>>;
  pause(runId: string): Promise<Reply<null>>;
  /** One step, then paused. */
  step(runId: string): Promise<Reply<null>>;
  /** Back to the base policy and step 0; labels stay. */
  reset(runId: string): Promise<Reply<null>>;
  /**
   * Changes a number of the recipe by its path (`optimiser.lr`, `objective.parameters.beta`, `loop.steps`) from the next
   * step on. A path that needs another graph (`model.size`, `loop.batch`) is an issue: open a new run for it.
   */
  setNumber(runId: string, path: string, value: number): Promise<Reply<null>>;
  /**
   * Trains on another objective or formula (a recipe's `objective`) from the next step on: policy, optimiser and the
   * order of the data stay. Replies with that step. A mistake in it changes nothing.
   */
  setObjective(runId: string, objective: unknown): Promise<Reply<{ step: number }>>;
  /** Another `loop` of the recipe from the next step on: one that differs in the batch is an issue. */
  setLoop(runId: string, loop: unknown): Promise<Reply<{ step: number }>>;
  /**
   * Replaces the labels; the policy stays as it is. Replies with how many pairs are learned from; a run that is left with
   * nothing to learn from is paused.
   */
  setLabels(runId: string, labels: LabelsChange): Promise<Reply<{ pairs: number }>>;
  /** Follows another prompt: its ranking and samples come as events. */
  follow(runId: string, prompt: string): Promise<Reply<PromptView>>;
  /** Per-token log-probs of any response to the prompt, policy beside reference. */
  tokens(runId: string, prompt: string, response: Tokens): Promise<Reply<TokenView>>;
  /** Two different responses sampled from the current policy: number `index` of the run's own sampling stream. */
  samplePair(runId: string, prompt: string, index: number): Promise<Reply<{ a: Tokens; b: Tokens }>>;
  /** What a link to the run says. */
  told(runId: string): Promise<Reply<ToldRun>>;
  /** Saves the run as it is now; true once that is written. */
  save(runId: string): Promise<Reply<boolean>>;
  /** Keeps a run that was kept nowhere from now on, with all that it was so far; true once that is on disk. */
  keepAt(runId: string, place: TitledRunKey): Promise<Reply<boolean>>;
  /** The run by itself as it is now, as the text of a file; null before the first step. */
  capsule(runId: string, place: TitledRunKey): Promise<Reply<string | null>>;
  /** The model as it is now, or a folder that trains from the run's start elsewhere: the bytes of a zip. */
  takeAway(runId: string, kind: TakenKind): Promise<Reply<Uint8Array<ArrayBuffer>>>;
  /** For tests: destroys the GPU device under a running run, as a driver reset would. An issue on other backends. */
  loseDevice(runId: string): Promise<Reply<null>>;
  close(): Promise<void>;
}

/** What a worker for races answers to: its runs are trained side by side, and nothing in them can be changed on the way. */
export type RaceApi = Pick<TrainerApi, 'subscribe' | 'open' | 'train' | 'pause' | 'loseDevice' | 'close'>;

/** The labels of a recipe, as they change while a run is open. */
export interface LabelsChange {
  recorded: Label[];
  /** How many stock pairs the recipe's labeler labels by itself. */
  count: number;
  /** Share of those that are flipped. */
  noise: number;
  rule: string;
}
