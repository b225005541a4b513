/** The run in the worker, as the page knows it: phase, backend, progress, what went wrong. One writer: this class. */
import type { ErrorData } from '../base/errors.ts';
import type { StepMetrics } from '../metrics/metrics.ts';
import type { LogRatios } from '../recipes/step-rows.ts';
import type { Recipe } from '../recipes/schema.ts';
import type { Health } from '../storage/health.ts';
import type { KeepPlace } from '../session/keeper.ts';
import type { OwnWorld } from '../session/own-world.ts';
import type { TrainerHandle } from '../session/handle.ts';
import type {
  BackendReport,
  KeepRequest,
  LabelsChange,
  Phase,
  Progress,
  Reply,
  Telling,
  Told,
  TrainerEvent,
} from '../session/protocol.ts';
import type { TakenKind } from '../session/take-away.ts';
import type { Tokens } from '../worlds/world.ts';
import type { Curves } from './curves.svelte.ts';
import type { Picture } from './picture.svelte.ts';
import type { BackendChoice } from './settings.svelte.ts';

/** Before the worker's own phases: shipped numbers are shown; then a run is being opened. */
export type RunPhase = 'shipped' | 'opening' | Phase;

export interface RunSource {
  recipe: unknown;
  backend: BackendChoice;
  keep?: KeepRequest | undefined;
  /** A run that goes on here, by itself (see `capsule`). */
  carried?: (() => Promise<string | null>) | undefined;
  tell?: Telling | undefined;
  /** The world, where it is made of the visitor's own data. */
  own?: OwnWorld | undefined;
  /** The model that it starts from, where that was brought. */
  given?: Float32Array | undefined;
}

export class Run {
  phase = $state<RunPhase>('shipped');
  report = $state.raw<BackendReport | null>(null);
  progress = $state.raw<Progress | null>(null);
  /** Something that happened and has been dealt with, as a sentence. */
  notice = $state('');
  failure = $state.raw<ErrorData | null>(null);
  /** The worker holds a run: also after a failure that kept the last good parameters. */
  alive = $state(false);

  /** The pairs of the newest step, as log-ratios to the reference; null before the first. */
  pairs = $state.raw<LogRatios | null>(null);
  /** The step from which on the loss of now is trained. */
  lossFrom = $state(1);

  /** Updates that are kept; null where none are. */
  kept = $state<number | null>(null);
  /** Who is told when the worker's recipe is no longer the page's, and whether it can save. */
  follower: {
    recipe(recipe: Recipe): void;
    /** A run that was kept has come back at that step; `losses` is what of it has not. */
    returned(recipe: Recipe, step: number, losses: readonly string[]): void;
    health(health: Health): void;
  } | null = null;

  /** Absolute address of the site's root: where checkpoints are fetched from. Set before the first `open`. */
  site = '';

  #handle: TrainerHandle | null = null;
  #creating: Promise<TrainerHandle> | null = null;
  #opening: Promise<boolean> | null = null;
  /** Counts the runs asked for: what comes of an older one means nothing any more. */
  #asked = 0;
  #numbers: Record<string, number> = {};
  #sendingNumbers = false;
  #objective: object | null = null;
  #sendingObjective = false;
  #labels: LabelsChange | null = null;
  #sendingLabels = false;
  /** The response that is to be shown word by word, while the answer is awaited. */
  #wanted: { prompt: string; response: Tokens } | null = null;
  #inspecting = false;
  #rows: StepMetrics[] = [];
  #pairs: LogRatios | null = null;

  constructor(
    private readonly curves: Curves,
    private readonly picture: Picture,
  ) {}

  readonly step: number = $derived(this.progress?.step ?? 0);
  readonly isOpen: boolean = $derived(this.phase !== 'shipped' && this.phase !== 'opening');

  /** Opens a run in place of the one before; true once the first live numbers can come. */
  open(source: RunSource): Promise<boolean> {
    this.#opening = this.#open(source);
    return this.#opening;
  }

  /** Resolves when the run that is being opened is open. */
  async ready(): Promise<boolean> {
    return (await this.#opening) ?? false;
  }

  async #open({ recipe, backend, keep, carried, tell, own, given }: RunSource): Promise<boolean> {
    const asked = ++this.#asked;
    this.phase = 'opening';
    this.alive = false;
    this.#rows = [];
    this.report = null;
    this.progress = null;
    this.failure = null;
    this.notice = '';
    this.#numbers = {};
    this.#objective = null;
    this.#labels = null;
    this.pairs = null;
    this.lossFrom = 1;
    this.kept = null;
    this.curves.clear();
    try {
      this.#creating ??= this.#createHandle();
      this.#handle = await this.#creating;
    } catch {
      this.#creating = null;
      if (asked !== this.#asked) return this.ready();
      return this.#failed({
        name: 'LoadError',
        message: 'The program that trains could not be loaded. Check the connection, then press Reset.',
      });
    }
    if (asked !== this.#asked) return this.ready();
    const capsule = await carried?.();
    if (asked !== this.#asked) return this.ready();
    const reply = await this.#handle.open({
      recipe,
      backend,
      prompt: this.picture.prompt,
      site: this.site,
      ...(keep && { keep }),
      ...(typeof capsule === 'string' && { carried: capsule }),
      ...(tell && { tell }),
      ...(own && { own }),
      ...(given && { given }),
    });
    if (asked !== this.#asked) return this.ready();
    if (!reply.ok) return this.#failed(reply.error);
    this.report ??= reply.value; // a newer report may have been quicker
    this.alive = true;
    this.phase = this.progressPhase() ?? 'ready';
    this.#refreshWords();
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
    this.#handle?.stop();
    this.#handle = null;
    this.#creating = null;
    this.alive = false;
    this.phase = 'shipped';
    this.report = null;
    this.progress = null;
    this.failure = null;
    this.notice = '';
    this.kept = null;
    this.#rows = [];
    this.#pairs = null;
    this.pairs = null;
    this.curves.clear();
  }

  async #createHandle(): Promise<TrainerHandle> {
    const { TrainerHandle } = await import('../session/handle.ts');
    return new TrainerHandle({
      event: (event) => this.#take(event),
      died: (error) => {
        this.alive = false;
        this.#failed(error);
      },
    });
  }

  /** What the worker said before the reply to `open` was here. */
  progressPhase(): Phase | undefined {
    return this.progress?.phase;
  }

  #failed(error: ErrorData): false {
    this.phase = 'failed';
    this.failure = error;
    return false;
  }

  #take(event: TrainerEvent): void {
    switch (event.kind) {
      case 'progress':
        this.progress = event.progress;
        if (this.phase !== 'opening') this.phase = event.progress.phase;
        if (event.progress.phase !== 'failed') this.failure = null;
        break;
      case 'metrics':
        this.#takeRows(event.rows);
        this.#pairs = event.pairs;
        break;
      case 'evaluation':
        this.curves.addEvaluation(event.evaluation);
        this.picture.evaluation = event.evaluation;
        if (event.ranking.prompt === this.picture.prompt) this.picture.ranking = event.ranking;
        this.picture.live = true;
        this.#refreshWords();
        break;
      case 'samples':
        if (event.samples.prompt === this.picture.prompt) this.picture.samples = event.samples;
        break;
      case 'backend':
        this.report = event.report;
        if (event.message !== null) this.notice = event.message;
        break;
      case 'returned':
        this.curves.addRows(event.rows);
        for (const evaluation of event.evaluations) this.curves.addEvaluation(evaluation);
        this.follower?.returned(event.recipe, event.rows.at(-1)?.step ?? 0, event.losses);
        break;
      case 'changed':
        this.follower?.recipe(event.recipe);
        break;
      case 'kept':
        this.kept = event.step;
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

  /** Charts are drawn once a frame at most, however often the worker reports. */
  #takeRows(rows: StepMetrics[]): void {
    const scheduled = this.#rows.length > 0;
    this.#rows.push(...rows);
    if (document.visibilityState === 'hidden') this.#drawRows();
    else if (!scheduled) requestAnimationFrame(() => this.#drawRows());
  }

  #drawRows(): void {
    this.curves.addRows(this.#rows);
    this.pairs = this.#pairs;
    this.#rows = [];
  }

  /** An answer that says no is shown; true if it said yes. */
  #heed(reply: Reply<unknown>): boolean {
    if (!reply.ok) this.notice = reply.error.message;
    return reply.ok;
  }

  async train(): Promise<void> {
    this.notice = '';
    this.#heed((await this.#handle?.call('train')) ?? NO_RUN);
  }

  async pause(): Promise<void> {
    this.#heed((await this.#handle?.call('pause')) ?? NO_RUN);
  }

  async stepOnce(): Promise<void> {
    this.notice = '';
    this.#heed((await this.#handle?.call('step')) ?? NO_RUN);
  }

  /** Back to step 0; false where only a new run can help. */
  async reset(): Promise<boolean> {
    if (!this.alive) return false;
    const reply = (await this.#handle?.call('reset')) ?? NO_RUN;
    if (!reply.ok) return false;
    this.failure = null;
    this.notice = '';
    this.phase = 'ready';
    if (this.progress) this.progress = { ...this.progress, phase: 'ready', step: 0 };
    const { evaluation } = this.picture;
    this.#rows = [];
    this.#pairs = null;
    this.pairs = null;
    this.lossFrom = 1;
    this.kept = null;
    this.curves.clear();
    if (evaluation.step === 0) this.curves.addEvaluation(evaluation);
    return true;
  }

  /** The newest value of each number is sent; a slider in motion does not queue up. */
  async setNumber(path: string, value: number): Promise<void> {
    this.#numbers[path] = value;
    if (this.#sendingNumbers || !(await this.ready())) return;
    this.#sendingNumbers = true;
    for (let next = Object.entries(this.#numbers)[0]; next; next = Object.entries(this.#numbers)[0]) {
      const [waiting, latest] = next;
      this.#numbers = Object.fromEntries(Object.entries(this.#numbers).filter(([key]) => key !== waiting));
      this.#heed((await this.#handle?.call('setNumber', waiting, latest)) ?? NO_RUN);
    }
    this.#sendingNumbers = false;
  }

  /** The newest objective is sent, whatever came before it; numbers of the one before are of no use any more. */
  async setObjective(objective: object): Promise<void> {
    this.#objective = objective;
    const others = Object.entries(this.#numbers).filter(([path]) => !path.startsWith('objective.'));
    this.#numbers = Object.fromEntries(others);
    if (this.#sendingObjective || !(await this.ready())) return;
    this.#sendingObjective = true;
    while (this.#objective) {
      const latest: object = this.#objective;
      this.#objective = null;
      const reply = (await this.#handle?.call('setObjective', latest)) ?? NO_RUN;
      if (this.#heed(reply) && reply.ok) this.lossFrom = reply.value.step;
    }
    this.#sendingObjective = false;
  }

  /** Another `loop` of the recipe; false where the run refuses it. */
  async setLoop(loop: object): Promise<boolean> {
    if (!(await this.ready())) return true;
    return this.#heed((await this.#handle?.call('setLoop', loop)) ?? NO_RUN);
  }

  async setLabels(change: LabelsChange): Promise<void> {
    this.#labels = change;
    if (this.#sendingLabels || !(await this.ready())) return;
    this.#sendingLabels = true;
    while (this.#labels) {
      const latest: LabelsChange = this.#labels;
      this.#labels = null;
      this.#heed((await this.#handle?.call('setLabels', latest)) ?? NO_RUN);
    }
    this.#sendingLabels = false;
  }

  async follow(prompt: string, text: string): Promise<void> {
    this.picture.prompt = prompt;
    this.picture.promptText = text;
    if (!(await this.ready())) return;
    const reply = (await this.#handle?.call('follow', prompt)) ?? NO_RUN;
    if (!this.#heed(reply) || !reply.ok || this.picture.prompt !== prompt) return;
    this.picture.ranking = reply.value.ranking;
    this.picture.samples = reply.value.samples;
    const first = reply.value.ranking.responses[0];
    if (first) await this.inspect(prompt, first.tokens);
  }

  #refreshWords(): void {
    if (this.#wanted || this.phase === 'opening') return;
    void this.inspect(this.picture.inspected.prompt, this.picture.inspected.response);
  }

  /** Shows a response word by word, now and after every evaluation. */
  async inspect(prompt: string, response: Tokens): Promise<void> {
    this.#wanted = { prompt, response };
    if (this.#inspecting || !(await this.ready())) return;
    this.#inspecting = true;
    while (this.#wanted) {
      const wanted: { prompt: string; response: Tokens } = this.#wanted;
      this.#wanted = null;
      const reply = (await this.#handle?.call('tokens', wanted.prompt, wanted.response)) ?? NO_RUN;
      if (reply.ok) this.picture.inspected = { ...wanted, view: reply.value };
    }
    this.#inspecting = false;
  }

  async samplePair(prompt: string, index: number): Promise<{ a: Tokens; b: Tokens } | null> {
    if (!(await this.ready())) return null;
    const reply = (await this.#handle?.call('samplePair', prompt, index)) ?? NO_RUN;
    this.#heed(reply);
    return reply.ok ? reply.value : null;
  }

  /** What a link to the run says; null where it can't be had. */
  async told(): Promise<Told | null> {
    if (!(await this.ready())) return null;
    const reply = (await this.#handle?.call('told')) ?? NO_RUN;
    this.#heed(reply);
    return reply.ok ? reply.value : null;
  }

  /** Saves the run as it is now, if it is kept at all. */
  async save(): Promise<boolean> {
    if (!this.alive) return false;
    const reply = (await this.#handle?.call('save')) ?? NO_RUN;
    return reply.ok && reply.value;
  }

  /** Keeps a run that was kept nowhere from now on, and all that it was so far; true once that is on disk. */
  async keepAt(place: KeepPlace): Promise<boolean> {
    const reply = (await this.#handle?.call('keepAt', place)) ?? NO_RUN;
    return this.#heed(reply) && reply.ok && reply.value;
  }

  /** The run by itself, as the text of a file; null without a worker, or before the first step. */
  async capsule(place: KeepPlace): Promise<string | null> {
    if (!this.alive) return null;
    const reply = (await this.#handle?.call('capsule', place)) ?? NO_RUN;
    return reply.ok ? reply.value : null;
  }

  /** The model, or a folder that trains it elsewhere, as the bytes of a zip; null where it can't be had, and a notice says why. */
  async takeAway(kind: TakenKind): Promise<Uint8Array<ArrayBuffer> | null> {
    if (!(await this.ready())) return null;
    const reply = (await this.#handle?.call('takeAway', kind)) ?? NO_RUN;
    this.#heed(reply);
    return reply.ok ? reply.value : null;
  }

  async loseDevice(): Promise<void> {
    this.#heed((await this.#handle?.call('loseDevice')) ?? NO_RUN);
  }
}

const NO_RUN: { ok: false; error: ErrorData } = {
  ok: false,
  error: { name: 'StateError', message: 'No run is open. Reset opens one.' },
};
