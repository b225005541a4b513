/**
 * From a data set to a Lab on it: vocabulary and context, a model that is taught the language, the Lab. World and model are
 * kept in the browser as the model learns; the Lab's labels and runs live in this tab's memory. One writer: this class.
 */
import type { ErrorData } from '../../base/errors.ts';
import type { BuiltWorld, WorldChoices } from '../../data/build.ts';
import type { PackedDataset } from '../../data/read/packed.ts';
import type { BaseTeaching } from '../../links/data.ts';
import type { LmSize } from '../../models/lm/config.ts';
import { TEACHING, type PretrainRow } from '../../runs/pretraining.ts';
import type { TeachHandle } from '../../session/teach-handle.ts';
import type { Heard, TaughtBase, TeachEvent, TeachPhase } from '../../session/teach-protocol.ts';
import { summaryOf } from '../lab/world-summary.ts';
import { Lab } from '../lab/lab.svelte.ts';
import type { StoredWorlds } from './stored-worlds.svelte.ts';
import { lossesOf } from './own-losses.ts';

/** What the model is taught with, before anything else is known of it. */
export interface TeachChoices {
  size: LmSize;
  steps: number;
}

/** A change that begins something anew and waits for the visitor's word. */
export interface AskedAnew {
  /** Where it was asked: the control that it stands under. */
  where: 'words' | 'model';
  /** What is lost, as a sentence. */
  sentence: string;
  apply: () => void;
}

export class OwnData {
  choices = $state<WorldChoices>({ vocabulary: 'bpe', words: 1024, context: 128 });
  teaching = $state<TeachChoices>({ size: 'micro', steps: TEACHING.steps });
  dataset = $state.raw<PackedDataset | null>(null);
  built = $state.raw<BuiltWorld | null>(null);
  /** What is being waited for, as a sentence; '' for nothing. */
  waiting = $state('');
  problem = $state.raw<ErrorData | null>(null);

  phase = $state<TeachPhase | 'none'>('none');
  step = $state(0);
  steps = $state(0);
  /** Of the model that is taught: texts an update, and the seed; null for one that was brought back, which does not say it. */
  plan = $state.raw<Pick<BaseTeaching, 'batch' | 'seed'> | null>(TEACHING);
  rows = $state.raw<readonly PretrainRow[]>([]);
  /** Newest last. */
  heard = $state.raw<readonly Heard[]>([]);
  stepsPerSecond = $state<number | null>(null);
  parameters = $state(0);

  taught = $state.raw<TaughtBase | null>(null);
  /** On the model that was taught; null before. */
  lab = $state.raw<Lab | null>(null);

  /** Waits for an answer. */
  asked = $state.raw<AskedAnew | null>(null);

  /** Absolute address of the site's root, with a slash at its end. */
  site = '';

  /** What was kept last of the model that is taught now. */
  #kept = $state.raw<{ step: number; digest: string } | null>(null);
  #keeping = false;
  /** Counts the models: what is said of an older one means nothing any more. */
  #models = 0;
  /** The step at which the model rests, where a link says so. */
  #until: number | undefined;
  #handle: TeachHandle | null = null;
  /** Counts the data sets and worlds asked for: what comes of an older one means nothing any more. */
  #asked = 0;

  readonly busy: boolean = $derived(this.waiting !== '');
  /** Updates behind the model that is on disk; null where none is. */
  readonly kept: number | null = $derived.by(() => {
    const [world, kept] = [this.built?.encoded.name ?? '', this.#kept];
    return kept && this.keeper.has(world, kept.digest) ? kept.step : null;
  });
  /** What would be lost with what is in view, as parts of a sentence; none where all of it is kept. */
  readonly losses: readonly string[] = $derived.by(() => {
    const { phase, step, steps, kept } = this;
    const { run, labelling } = this.lab ?? {};
    const labels = (labelling?.log.length ?? 0) + (labelling?.automatic ?? 0);
    const worked = (run?.step ?? 0) + labels > 0;
    return lossesOf({ file: this.built?.encoded.file ?? '', phase, step, steps, kept, worked });
  });

  constructor(private readonly keeper: StoredWorlds) {}

  /** Another data set in place of the one before, and of all that was made of that. */
  async take(dataset: PackedDataset): Promise<void> {
    this.leave();
    this.dataset = dataset;
    await this.build();
  }

  /** What was kept, in place of all that there is: its Lab is open then. */
  async goOn(world: string): Promise<void> {
    this.leave();
    const asked = this.#asked;
    this.waiting = 'The data and its model are brought back …';
    const kept = await this.keeper.read(world);
    const handle = kept && (await this.#opened());
    const reply = handle && (await handle.bring({ world: kept.built.encoded, ...kept.base }));
    if (asked !== this.#asked) return;
    this.waiting = '';
    if (!reply) return;
    if (!reply.ok) return void (this.problem = reply.error);
    this.built = kept.built;
    this.choices = kept.choices;
    this.teaching.size = reply.value.size;
    this.step = reply.value.step;
    this.plan = null;
    this.#kept = reply.value;
    await this.#openLab(reply.value);
  }

  /** Other words or another context; asks first where that would lose something. */
  choose(choices: WorldChoices): void {
    this.#unlessLost('words', this.losses, () => {
      this.choices = choices;
      void this.build();
    });
  }

  /** A new model; asks first, because a model that was taught on the same words is kept in its place. */
  teachAnew(): void {
    const replaced =
      this.kept === null ? [] : [`it takes the place of the one that was taught ${this.kept} steps`];
    this.#unlessLost('model', [...replaced, ...this.losses], () => void this.teach());
  }

  /** What was asked about happens. */
  agree(): void {
    const { asked } = this;
    this.asked = null;
    asked?.apply();
  }

  /** All stays as it is. */
  decline(): void {
    this.asked = null;
  }

  #unlessLost(where: AskedAnew['where'], losses: readonly string[], apply: () => void): void {
    this.asked = null;
    if (losses.length === 0) return apply();
    this.asked = { where, sentence: losses.join(', and '), apply };
  }

  /** The world of the choices as they are. */
  async build(): Promise<void> {
    const { dataset } = this;
    if (!dataset) return;
    const asked = ++this.#asked;
    this.#forgetModel();
    this.built = null;
    this.problem = null;
    this.waiting = 'The vocabulary is learned and every text encoded …';
    const handle = await this.#opened();
    const reply = handle && (await handle.build(dataset, $state.snapshot(this.choices)));
    if (asked !== this.#asked || !reply) return;
    this.waiting = '';
    if (reply.ok) this.built = reply.value;
    else this.problem = reply.error;
  }

  /** A new model that learns the language of the data, or the one that was paused goes on. `as`: a new one as a link says. */
  async teach(as: BaseTeaching | null = null): Promise<void> {
    const { built } = this;
    if (!built || this.busy) return;
    const asked = this.#asked;
    const handle = await this.#opened();
    if (!handle) return;
    this.problem = null;
    if (this.phase !== 'paused' || as !== null) {
      this.#forgetModel();
      if (as !== null) this.teaching = { size: as.size, steps: as.steps };
      const { batch, seed } = (this.plan = as ?? TEACHING);
      this.#until = as?.made;
      const { size, steps } = $state.snapshot(this.teaching);
      this.waiting = 'A model is made …';
      const opened = await handle.open({
        world: built.encoded,
        size,
        steps,
        batch,
        seed,
      });
      if (asked !== this.#asked) return;
      this.waiting = '';
      if (!opened.ok) return void (this.problem = opened.error);
      this.parameters = opened.value;
      this.steps = steps;
    }
    const trained = await handle.call('train', this.#until);
    if (!trained.ok) this.problem = trained.error;
  }

  async pause(): Promise<void> {
    const reply = await this.#handle?.call('pause');
    if (reply?.ok === false) this.problem = reply.error;
  }

  /** The model as it is becomes the base policy of a Lab on this data. */
  async use(): Promise<void> {
    const { built } = this;
    if (!built || !this.#handle || this.busy) return;
    const asked = this.#asked;
    this.waiting = 'The Lab is made ready: the model is measured …';
    const reply = await this.#handle.call('taught');
    if (asked !== this.#asked) return;
    this.waiting = '';
    if (!reply.ok) return void (this.problem = reply.error);
    await this.#openLab(reply.value);
  }

  async #openLab(taught: TaughtBase): Promise<void> {
    const { built } = this;
    if (!built) return;
    this.#closeLab();
    this.taught = taught;
    const { size, parameters, picture } = taught;
    const sent = { encoded: built.encoded, bases: { [size]: parameters } };
    const { openOwnWorld } = await import('../../session/own-world.ts');
    // the worker that taught the model has checked it
    const world = openOwnWorld(built.encoded, true);
    const lab = new Lab(picture, summaryOf(world), true, { world, sent });
    lab.settings.size = size;
    lab.settings.set('loop.evaluate_every', EVALUATE_EVERY);
    lab.run.site = this.site;
    this.lab = lab;
    await lab.loadWorld();
    await lab.openRun();
  }

  /** The page is left, or another file is opened. */
  leave(): void {
    this.#asked++;
    this.#forgetModel();
    this.#handle?.stop();
    this.#handle = null;
    this.dataset = null;
    this.built = null;
    this.waiting = '';
    this.problem = null;
    this.asked = null;
  }

  #forgetModel(): void {
    this.#models++;
    this.#until = undefined;
    this.#handle?.close();
    this.#closeLab();
    this.phase = 'none';
    this.step = 0;
    this.rows = [];
    this.heard = [];
    this.stepsPerSecond = null;
    this.#kept = null;
  }

  /** Keeps the world with the model as it is now; what it learns meanwhile is kept with the next. */
  async #keep(): Promise<void> {
    const { built } = this;
    const model = this.#models;
    if (this.#keeping || !built || !this.#handle) return;
    this.#keeping = true;
    const choices = $state.snapshot(this.choices);
    const reply = await this.#handle.call('learned');
    const current = (): boolean => model === this.#models;
    if (reply.ok && current()) {
      await this.keeper.keep({ built, choices, base: reply.value });
      if (current()) this.#kept = reply.value;
    }
    this.#keeping = false;
    if (reply.ok && this.#due()) await this.#keep();
  }

  /** Whether what was learned since the last time is to be kept now. */
  #due(): boolean {
    if (this.#until !== undefined) return false; // what a link asks for takes the place of nothing that is kept
    const since = this.step - (this.#kept?.step ?? 0);
    return this.phase === 'running' ? since >= KEPT_EVERY : since > 0 && this.phase !== 'none';
  }

  #closeLab(): void {
    this.lab?.leave();
    this.lab = null;
    this.taught = null;
  }

  async #opened(): Promise<TeachHandle | null> {
    if (this.#handle) return this.#handle;
    try {
      const { TeachHandle } = await import('../../session/teach-handle.ts');
      this.#handle ??= new TeachHandle({
        event: (event) => this.#hear(event),
        died: (error) => this.#died(error),
      });
    } catch {
      const message = 'The program that teaches could not be loaded. Check the connection, then try again.';
      this.waiting = '';
      this.problem = { name: 'LoadError', message };
    }
    return this.#handle;
  }

  #hear(event: TeachEvent): void {
    if (event.kind === 'heard') this.heard = [...this.heard, event.heard];
    else if (event.kind === 'failed') this.problem = event.error;
    else {
      this.phase = event.phase;
      this.step = event.step;
      this.stepsPerSecond = event.stepsPerSecond;
      if (event.rows.length > 0) this.rows = [...this.rows, ...event.rows];
      if (this.#due()) void this.#keep();
    }
  }

  #died(error: ErrorData): void {
    this.#handle = null;
    this.waiting = '';
    if (this.phase !== 'none') this.phase = 'failed';
    this.problem = error;
  }
}

/** Updates between two times that a model is kept while it learns; it is kept whenever it rests, too. */
const KEPT_EVERY = 100;
/** Rarer than elsewhere: an evaluation reads up to 512 pairs. */
const EVALUATE_EVERY = 20;
