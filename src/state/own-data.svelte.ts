/**
 * From a data set to a Lab on it: vocabulary and context, a model that is taught the language, the Lab. All of it lives in
 * this tab's memory. One writer: this class.
 */
import type { ErrorData } from '../base/errors.ts';
import type { BuiltWorld, WorldChoices } from '../data/build.ts';
import type { PackedDataset } from '../data/read/packed.ts';
import type { LmSize } from '../models/lm/config.ts';
import { TEACHING, type PretrainRow } from '../recipes/pretraining.ts';
import type { TeachHandle } from '../session/teach-handle.ts';
import type { Heard, TaughtBase, TeachEvent, TeachPhase } from '../session/teach-protocol.ts';
import { atlasOf } from './atlas.ts';
import { Lab } from './lab.svelte.ts';

/** What the model is taught with, before anything else is known of it. */
export interface TeachChoices {
  size: LmSize;
  steps: number;
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
  rows = $state.raw<readonly PretrainRow[]>([]);
  /** Newest last. */
  heard = $state.raw<readonly Heard[]>([]);
  stepsPerSecond = $state<number | null>(null);
  parameters = $state(0);

  taught = $state.raw<TaughtBase | null>(null);
  /** On the model that was taught; null before. */
  lab = $state.raw<Lab | null>(null);

  /** Absolute address of the site's root, with a slash at its end. */
  site = '';

  #handle: TeachHandle | null = null;
  /** Counts the data sets and worlds asked for: what comes of an older one means nothing any more. */
  #asked = 0;

  /** Something was made that closing the tab would lose. */
  readonly unsaved: boolean = $derived(this.step > 0 || this.taught !== null);
  readonly busy: boolean = $derived(this.waiting !== '');

  /** Another data set in place of the one before, and of all that was made of that. */
  async take(dataset: PackedDataset): Promise<void> {
    this.leave();
    this.dataset = dataset;
    await this.build();
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

  /** A new model that learns the language of the data, or the one that was paused goes on. */
  async teach(): Promise<void> {
    const { built } = this;
    if (!built || this.busy) return;
    const asked = this.#asked;
    const handle = await this.#opened();
    if (!handle) return;
    this.problem = null;
    if (this.phase !== 'paused') {
      this.#forgetModel();
      const { size, steps } = $state.snapshot(this.teaching);
      this.waiting = 'A model is made …';
      const opened = await handle.open({
        world: built.encoded,
        size,
        steps,
        batch: TEACHING.batch,
        seed: TEACHING.seed,
      });
      if (asked !== this.#asked) return;
      this.waiting = '';
      if (!opened.ok) return void (this.problem = opened.error);
      this.parameters = opened.value;
      this.steps = steps;
    }
    const trained = await handle.call('train');
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
    this.#closeLab();
    this.taught = reply.value;
    const { size, parameters, picture } = reply.value;
    const own = { encoded: built.encoded, bases: { [size]: parameters } };
    const { openOwnWorld } = await import('../session/own-world.ts');
    // the worker that taught the model has checked it
    const world = openOwnWorld(built.encoded, true);
    const lab = new Lab(picture, atlasOf(world), true, own);
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
  }

  #forgetModel(): void {
    this.#closeLab();
    this.phase = 'none';
    this.step = 0;
    this.rows = [];
    this.heard = [];
    this.stepsPerSecond = null;
  }

  #closeLab(): void {
    this.lab?.leave();
    this.lab = null;
    this.taught = null;
  }

  async #opened(): Promise<TeachHandle | null> {
    if (this.#handle) return this.#handle;
    try {
      const { TeachHandle } = await import('../session/teach-handle.ts');
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
    }
  }

  #died(error: ErrorData): void {
    this.#handle = null;
    this.waiting = '';
    if (this.phase !== 'none') this.phase = 'failed';
    this.problem = error;
  }
}

/** Rarer than elsewhere: an evaluation reads up to 512 pairs. */
const EVALUATE_EVERY = 20;
