/** The settings of the project in view: written a moment after they change, under a clock. One writer: Keep. */
import type { Checked } from '../../base/errors.ts';
import { sameValue } from '../../base/same.ts';
import type { CheckedRecipe } from '../../recipes/check.ts';
import { KEPT, type Health } from '../../storage/health.ts';
import type { Settings as SettingsRow } from '../../storage/schema.ts';
import type { LoadedStorage, Keeping } from './keeping.ts';
import type { BackendChoice } from '../lab/settings.svelte.ts';

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

export interface StoredSettingsHost {
  loaded(): LoadedStorage;
  /** The project that they are written to; null while this tab may write none. */
  project(): string | null;
  /** That project is made with the first thing that is kept in it. */
  isDraft(): boolean;
  begin(): Promise<void>;
  /** They have been written. */
  written(): void;
  notice(sentence: string): void;
}

export class StoredSettings {
  /** Changed, and not written yet: by this tab soon, or, where it may not write them, never. */
  unsettled = $state(false);
  /** Other than kept where newer code has written them. */
  health = $state.raw<Health>(KEPT);
  /** Name of the run in view. */
  run = $state<string | null>(null);

  /** As they were last saved or loaded. */
  #settled: SettingsValue | null = null;
  #clock = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly lab: Keeping,
    private readonly host: StoredSettingsHost,
  ) {}

  #value(): SettingsValue {
    return valueOf(this.lab, this.run);
  }

  #settle(value: SettingsValue): void {
    this.#settled = $state.snapshot(value) as SettingsValue;
  }

  /** What is looked at is no reason to make a project, nor for a tab that may not write it to say that it is not saved. */
  #differs(value: SettingsValue): boolean {
    const numbers = this.host.isDraft() || this.host.project() === null;
    const settled = this.#settled;
    return !(numbers
      ? sameValue(numbersOf(value), settled && numbersOf(settled))
      : sameValue(value, settled));
  }

  get #mayWrite(): boolean {
    return this.host.project() !== null && this.health.kind === 'kept';
  }

  /** To be called in an effect: reads all that may change. */
  watch(): void {
    this.unsettled = this.#differs(this.#value());
    if (!this.unsettled || !this.#mayWrite) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.save(), SETTLE_MS);
  }

  /** Writes them if they are not written yet; resolves when that is done. */
  async save(): Promise<void> {
    clearTimeout(this.#timer);
    const project = this.host.project();
    const value = this.#value();
    if (project === null || !this.#mayWrite || !this.#differs(value)) return;
    await this.host.begin();
    const { parts, storage } = this.host.loaded();
    const written = await parts.saveSettings(storage, project, this.#row(value), Date.now());
    if (this.host.project() !== project) return;
    if (!written.ok && written.reason === 'newer') {
      this.#clock = Math.max(this.#clock, written.settings.clock);
      this.#judge(written.settings);
      if (this.health.kind === 'kept') return this.save();
    }
    this.#settle(value);
    this.unsettled = this.#differs(this.#value());
    this.host.written();
  }

  /** Those of a Lab as the settings of a project that is not in view. */
  async saveTo(project: string, lab: Keeping, run: string | null): Promise<void> {
    const { parts, storage } = this.host.loaded();
    await parts.saveSettings(storage, project, this.#row(valueOf(lab, run)), Date.now());
  }

  #row(value: SettingsValue): SettingsRow {
    return { schema: SETTINGS_SCHEMA, value, clock: ++this.#clock, writer: this.lab.labelling.tab };
  }

  #judge(row: SettingsRow | null): void {
    const isNewer = row !== null && row.schema > SETTINGS_SCHEMA;
    this.health = isNewer ? this.host.loaded().parts.inMemory('newer') : KEPT;
  }

  /** The run in view of settings that another tab has written; all else stays as it is here. */
  takeRun(row: SettingsRow | null): void {
    this.#judge(row);
    this.#clock = Math.max(this.#clock, row?.clock ?? 0);
    const value = this.health.kind === 'kept' ? (row?.value as Partial<SettingsValue> | null) : null;
    this.run = typeof value?.run === 'string' ? value.run : null;
  }

  /** Sets the Lab to what was kept. `anew`: a project without settings takes the defaults. */
  take(row: SettingsRow | null, anew: boolean): void {
    const { parts, world } = this.host.loaded();
    const { settings, modelView } = this.lab;
    this.#judge(row);
    this.#clock = Math.max(this.#clock, row?.clock ?? 0);
    const value = this.health.kind === 'kept' ? (row?.value as Partial<SettingsValue> | null) : null;
    const read: Checked<CheckedRecipe> | null = value
      ? parts.checkRecipe(value.recipe, parts.worldsOf(world))
      : null;
    if (read?.ok) this.lab.controls.take(parts.settingsOf(read.value.recipe));
    else if (anew) this.lab.controls.take(parts.settingsOf(parts.defaultRecipe(world).recipe));
    if (read && !read.ok)
      this.host.notice('The settings of this project could not be read: these are the defaults.');
    if (BACKENDS.includes(value?.backend)) settings.backend = value?.backend as BackendChoice;
    if (typeof value?.prompt === 'string' && typeof value.promptText === 'string') {
      modelView.prompt = value.prompt;
      modelView.promptText = value.promptText;
    }
    this.run = typeof value?.run === 'string' ? value.run : null;
    this.#settle(this.#value());
    this.unsettled = false;
  }
}

const numbersOf = ({ recipe, backend }: SettingsValue): unknown => [recipe, backend];

function valueOf({ settings, modelView }: Keeping, run: string | null): SettingsValue {
  const { prompt, promptText } = modelView;
  return { recipe: settings.recipe(), backend: settings.backend, prompt, promptText, run };
}
