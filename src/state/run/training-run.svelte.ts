/** The run in the worker, as the page knows it: phase, backend, progress, what went wrong. One writer: this class. */
import type { ErrorData } from '../../base/errors.ts';
import type { Recipe } from '../../recipes/schema.ts';
import type { Health } from '../../storage/health.ts';
import type { BackendReport, Phase, Progress, TrainerEvent } from '../../session/protocol.ts';
import type { HandleListener } from '../../session/trainer-handle.ts';
import type { Curves } from './curves.svelte.ts';
import type { ModelView } from '../lab/model-view.svelte.ts';
import { RunRequests } from './run-requests.svelte.ts';
import { openOptions, type RunSource } from './run-source.ts';
import { Frames } from './frames.ts';
import { RunMonitor } from './run-monitor.svelte.ts';

/** Before the worker's own phases: shipped numbers are shown; then a run is being opened. */
export type RunPhase = 'shipped' | 'opening' | Phase;

export interface RunFollower {
  /** The worker's recipe is no longer the page's. */
  recipe(recipe: Recipe): void;
  /** A run that was kept has come back at that step; `losses` is what of it has not. */
  returned(recipe: Recipe, step: number, losses: readonly string[]): void;
  /** Whether the worker can save. */
  health(health: Health): void;
  /** What was kept of the run is gone. */
  deleted(): void;
}

export class TrainingRun extends RunRequests {
  #phase = $state<RunPhase>('shipped');
  report = $state.raw<BackendReport | null>(null);
  progress = $state.raw<Progress | null>(null);
  failure = $state.raw<ErrorData | null>(null);
  /** Updates that are kept; null where none are. */
  kept = $state<number | null>(null);
  #isStored = $state(false);
  /** Another tab has deleted what was kept of it: it goes on unkept. */
  deleted = $state(false);

  readonly monitor: RunMonitor;
  follower: RunFollower | null = null;
  /** Hears each phase that the run comes to. */
  onphase: ((phase: RunPhase) => void) | null = null;
  /** Absolute address of the site's root: where checkpoints are fetched from. Set before the first `open`. */
  site = '';

  readonly #listener: HandleListener = {
    event: (event) => this.#hear(event),
    died: (error) => {
      this.#frames.now();
      this.alive = false;
      this.#failed(error);
    },
  };
  /** What the worker has said and the page has not shown yet. */
  readonly #heard: TrainerEvent[] = [];
  readonly #frames = new Frames(() => this.catchUp());
  #opening: Promise<boolean> | null = null;
  /** Counts the runs asked for: what comes of an older one means nothing any more. */
  #asked = 0;

  constructor(
    curves: Curves,
    private readonly modelView: ModelView,
  ) {
    super();
    this.monitor = new RunMonitor(curves, modelView, this);
  }

  readonly step: number = $derived(this.progress?.step ?? 0);
  readonly isOpen: boolean = $derived(this.phase !== 'shipped' && this.phase !== 'opening');
  /** What is changed now goes to the run that is open, or as soon as it is. */
  readonly takesChanges: boolean = $derived(this.phase === 'opening' || this.alive);

  get phase(): RunPhase {
    return this.#phase;
  }

  /** The one place where the phase is written, so that who follows it misses none. */
  #turn(phase: RunPhase): void {
    if (phase === this.#phase) return;
    this.#phase = phase;
    this.onphase?.(phase);
  }

  // From one run to another

  /** Opens a run in place of the one before; true once the first live numbers can come. */
  open(source: RunSource): Promise<boolean> {
    this.#opening = this.#open(source);
    return this.#opening;
  }

  /** Resolves when the run that is being opened is open. */
  async ready(): Promise<boolean> {
    return (await this.#opening) ?? false;
  }

  async #open(source: RunSource): Promise<boolean> {
    const asked = ++this.#asked;
    const isLate = (): boolean => asked !== this.#asked;
    this.#forget('opening');
    this.forgetChanges();
    try {
      await this.load(this.#listener);
    } catch {
      return isLate() ? this.ready() : this.#failed(UNLOADED);
    }
    if (isLate()) return this.ready();
    const options = await openOptions(source, { prompt: this.modelView.prompt, site: this.site });
    if (isLate()) return this.ready();
    this.#isStored = options.keep !== undefined;
    const reply = await this.openIn(options);
    if (isLate()) return this.ready();
    if (!reply.ok) return this.#failed(reply.error);
    this.report ??= reply.value; // a newer report may have been quicker
    this.alive = true;
    this.#turn(this.progress?.phase ?? 'ready');
    this.monitor.refreshWords();
    return true;
  }

  /** Ends the run that is open, kept as it is now; the next `open` starts another worker. */
  async leave(): Promise<void> {
    const asked = this.#asked;
    if (this.alive) {
      if (this.phase === 'running') await this.pause();
      await this.save();
    }
    if (asked !== this.#asked) return; // another is being opened already
    this.#asked++;
    this.#opening = null;
    this.end();
    this.#forget('shipped');
  }

  /** It rests, and its newest steps are still on their way to where it is kept. */
  get unsaved(): boolean {
    const rests = this.phase === 'paused' || this.phase === 'finished';
    return this.#isStored && !this.deleted && rests && this.step > 0 && this.kept !== this.step;
  }

  #forget(phase: RunPhase): void {
    this.#heard.length = 0;
    this.#turn(phase);
    this.alive = false;
    this.report = null;
    this.progress = null;
    this.failure = null;
    this.notice = '';
    this.kept = null;
    this.#isStored = false;
    this.deleted = false;
    this.monitor.begin();
  }

  #failed(error: ErrorData): false {
    this.#turn('failed');
    this.failure = error;
    return false;
  }

  // What the worker says

  /** What comes while it trains is shown together, frame by frame; a change of phase, and all else, at once. */
  #hear(event: TrainerEvent): void {
    this.#heard.push(event);
    const goesOn = event.kind === 'progress' ? event.progress.phase === 'running' : PASSING.has(event.kind);
    if (goesOn && this.phase === 'running') this.#frames.ask();
    else this.#frames.now();
  }

  /** Shows what waits for the next frame. */
  catchUp(): void {
    for (const event of this.#heard.splice(0)) this.#take(event);
    this.monitor.drawSteps();
  }

  #take(event: TrainerEvent): void {
    switch (event.kind) {
      case 'progress':
        this.progress = event.progress;
        if (this.phase !== 'opening') this.#turn(event.progress.phase);
        if (event.progress.phase !== 'failed') this.failure = null;
        break;
      case 'metrics':
      case 'round':
      case 'evaluation':
        this.monitor.take(event);
        break;
      case 'samples':
        this.monitor.take(event);
        if (this.phase !== 'opening') this.monitor.refreshWords();
        break;
      case 'returned':
        this.monitor.take(event);
        this.kept = event.rows.at(-1)?.step ?? null;
        this.follower?.returned(event.recipe, event.rows.at(-1)?.step ?? 0, event.losses);
        break;
      case 'backend':
        this.report = event.report;
        if (event.message !== null) this.notice = event.message;
        break;
      case 'changed':
        this.follower?.recipe(event.recipe);
        break;
      case 'kept':
        this.kept = event.step;
        if (event.step === null) this.#wasDeleted();
        break;
      case 'unkept':
        this.notice = `This run could not be saved: ${event.error.message} It is tried again.`;
        break;
      case 'health':
        this.follower?.health(event.health);
        break;
      case 'failed':
        this.#failed(event.error);
        break;
      default:
        event satisfies never;
    }
  }

  #wasDeleted(): void {
    this.deleted = true;
    this.notice = DELETED;
    this.follower?.deleted();
  }

  /** Back to step 0; false where only a new run can help. */
  async reset(): Promise<boolean> {
    if (!this.alive || this.deleted) return false;
    const reply = await this.call('reset');
    if (!reply.ok) return false;
    this.failure = null;
    this.notice = '';
    this.#turn('ready');
    if (this.progress) this.progress = { ...this.progress, phase: 'ready', step: 0 };
    this.lossFrom = 1;
    this.kept = null;
    this.monitor.backToStart();
    return true;
  }
}

/** Of a run that trains; the next of a kind follows soon. */
const PASSING: ReadonlySet<TrainerEvent['kind']> = new Set(['metrics', 'evaluation', 'samples']);

const DELETED =
  'This run was deleted in another tab. It goes on here, but is kept no more: Share saves it as a file, Reset begins one that is kept.';

const UNLOADED: ErrorData = {
  name: 'LoadError',
  message: 'The program that trains could not be loaded. Check the connection, then press Reset.',
};
