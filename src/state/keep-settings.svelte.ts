/** The settings of the project in view: written a moment after they change, under a clock. One writer: Keep. */
import type { Checked } from '../base/errors.ts';
import type { Recipe } from '../recipes/schema.ts';
import { KEPT, type Health } from '../storage/health.ts';
import type { Settings as SettingsRow } from '../storage/schema.ts';
import type { Ground } from './keep-projects.svelte.ts';
import type { Keeping } from './keep.svelte.ts';
import type { BackendChoice } from './settings.svelte.ts';

/** Of the settings' `value`. Older code leaves the settings of a greater one alone. */
const SETTINGS_SCHEMA = 1;
const SETTLE_MS = 300;
const BACKENDS: readonly unknown[] = ['auto', 'wasm', 'webgpu'] satisfies BackendChoice[];

/** What is kept of the settings. */
interface SettingsValue {
  recipe: unknown;
  backend: BackendChoice;
  prompt: string;
  promptText: string;
  /** The run in view. */
  run: string | null;
}

export interface SettingsAround {
  ground(): Ground;
  /** The project that they are written to; null while this tab may write none. */
  project(): string | null;
  /** They have been written. */
  written(): void;
  notice(sentence: string): void;
}

export class KeptSettings {
  /** Changed, and not written yet. */
  unsettled = $state(false);
  /** Other than kept where newer code has written them. */
  health = $state.raw<Health>(KEPT);
  /** Name of the run in view. */
  run = $state<string | null>(null);

  /** As they were last saved or loaded. */
  #settled = '';
  #clock = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly lab: Keeping,
    private readonly around: SettingsAround,
  ) {}

  /** Grows with every change; what is drawn from it is told of each. */
  get text(): string {
    return JSON.stringify(this.#value());
  }

  #value(): SettingsValue {
    const { settings, picture } = this.lab;
    const { prompt, promptText } = picture;
    return { recipe: settings.recipe(), backend: settings.backend, prompt, promptText, run: this.run };
  }

  get #mayWrite(): boolean {
    return this.around.project() !== null && this.health.kind === 'kept';
  }

  /** To be called with every new text. */
  changed(text: string): void {
    this.unsettled = text !== this.#settled && this.#mayWrite;
    if (!this.unsettled) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.save(), SETTLE_MS);
  }

  /** Writes them if they are not written yet; resolves when that is done. */
  async save(): Promise<void> {
    clearTimeout(this.#timer);
    const project = this.around.project();
    const value = this.#value();
    const text = JSON.stringify(value);
    if (project === null || !this.#mayWrite || text === this.#settled) return;
    const { parts, storage } = this.around.ground();
    const written = await parts.saveSettings(storage, project, this.#row(value), Date.now());
    if (this.around.project() !== project) return;
    if (!written.ok && written.reason === 'newer') {
      this.#clock = Math.max(this.#clock, written.settings.clock);
      this.#judge(written.settings);
      if (this.health.kind === 'kept') return this.save();
    }
    this.#settled = text;
    this.unsettled = this.text !== text && this.#mayWrite;
    this.around.written();
  }

  /** Those of now as the settings of another project. */
  async saveTo(project: string): Promise<void> {
    const { parts, storage } = this.around.ground();
    await parts.saveSettings(storage, project, this.#row(this.#value()), Date.now());
  }

  #row(value: SettingsValue): SettingsRow {
    return { schema: SETTINGS_SCHEMA, value, clock: ++this.#clock, writer: this.lab.labelling.tab };
  }

  #judge(row: SettingsRow | null): void {
    const isNewer = row !== null && row.schema > SETTINGS_SCHEMA;
    this.health = isNewer ? this.around.ground().parts.inMemory('newer') : KEPT;
  }

  /** Sets the Lab to what was kept. `anew`: a project without settings takes the defaults. */
  take(row: SettingsRow | null, anew: boolean): void {
    const { parts } = this.around.ground();
    const { settings, picture } = this.lab;
    this.#judge(row);
    this.#clock = Math.max(this.#clock, row?.clock ?? 0);
    const value = this.health.kind === 'kept' ? (row?.value as Partial<SettingsValue> | null) : null;
    const read: Checked<Recipe> | null = value ? parts.checkRecipe(value.recipe) : null;
    if (read?.ok) this.lab.takeSettings(parts.settingsOf(read.value));
    else if (anew) this.lab.takeSettings(parts.settingsOf(parts.defaultRecipe('reviews')));
    if (read && !read.ok)
      this.around.notice('The settings of this project could not be read: these are the defaults.');
    if (BACKENDS.includes(value?.backend)) settings.backend = value?.backend as BackendChoice;
    if (typeof value?.prompt === 'string' && typeof value.promptText === 'string') {
      picture.prompt = value.prompt;
      picture.promptText = value.promptText;
    }
    this.run = typeof value?.run === 'string' ? value.run : null;
    this.#settled = this.text;
  }
}
