/**
 * Keeps what the visitor makes: labels as they are given, settings a moment after they change, runs by the trainer's worker.
 * Says whether all of it is on disk. Opens the storage after the first paint; what was said before then is written then.
 */
import type { Checked } from '../base/errors.ts';
import type { Recipe } from '../recipes/schema.ts';
import type { KeepRequest } from '../session/protocol.ts';
import type { LabelEvent, StoredEvent } from '../storage/events.ts';
import { KEPT, type Health } from '../storage/health.ts';
import type { Restored } from '../storage/restore.ts';
import type { ProjectRow, Settings as SettingsRow } from '../storage/schema.ts';
import type { Storage } from '../storage/storage.ts';
import type { Role, TabMessage, Tabs } from '../storage/tabs.ts';
import { newId } from './ids.ts';
import type * as KeepParts from './keep-parts.ts';
import type { Labelling } from './labelling.svelte.ts';
import type { Picture } from './picture.svelte.ts';
import type { Run } from './run.svelte.ts';
import type { BackendChoice, Settings, SettingsTaken } from './settings.svelte.ts';

type Parts = typeof KeepParts;

/** Of the settings' `value`. Older code leaves the settings of a greater one alone. */
const SETTINGS_SCHEMA = 1;
const SETTLE_MS = 300;
/** How long a tab that was opened waits to hear whether another one is the writer. */
const ROLE_MS = 2000;
const FIRST_NAME = 'My first project';

/** What is kept of the settings. */
interface SettingsValue {
  recipe: unknown;
  backend: BackendChoice;
  prompt: string;
  promptText: string;
  /** The run in view. */
  run: string | null;
}

/** What of the Lab is kept, and how it is set to what was kept. */
export interface Keeping {
  readonly labelling: Labelling;
  readonly settings: Settings;
  readonly picture: Picture;
  readonly run: Run;
  loadWorld(): Promise<unknown>;
  takeSettings(taken: SettingsTaken): void;
  /** Labels came from elsewhere; `more`: a pair is to be made. */
  labelsCame(more: boolean): void;
  /** Another project is in view, or this tab may keep its run from now on. */
  openKept(): Promise<unknown>;
  /** The settings were changed by another tab. */
  settingsCame(): void;
}

/** `visiting`: a link's state is in view, which is nobody's project yet. */
export type Saved = 'opening' | 'saved' | 'saving' | 'visiting' | { memory: Health & { kind: 'memory' } };

export class Keep {
  project = $state.raw<ProjectRow | null>(null);
  projects = $state.raw<readonly ProjectRow[]>([]);
  role = $state<Role>('waiting');
  visiting = $state(false);
  /** Something that happened to what is kept, as a sentence. */
  notice = $state('');
  /** The browser may clear it when space is short. */
  refused = $state(false);

  #health = $state.raw<Health>(KEPT);
  #workerHealth = $state.raw<Health>(KEPT);
  #opened = $state(false);
  /** Events that are not on disk yet. */
  #unwritten = $state(0);
  #unsettled = $state(false);
  #runName = $state<string | null>(null);

  #parts: Parts | null = null;
  #storage: Storage | null = null;
  #tabs: Tabs | null = null;
  #opening: Promise<void> | null = null;
  #queue: StoredEvent[] = [];
  #writing: Promise<void> | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** The settings as they were last saved or loaded. */
  #settled = '';
  #clock = 0;
  /** The settings of this project are of newer code. */
  #newer = false;
  #asked = false;

  readonly saved: Saved = $derived.by(() => {
    if (this.visiting) return 'visiting';
    if (!this.#opened) return 'opening';
    const memory = [this.#health, this.#workerHealth].find((health) => health.kind === 'memory');
    if (memory?.kind === 'memory') return { memory };
    return this.#unwritten > 0 || this.#unsettled ? 'saving' : 'saved';
  });

  constructor(private readonly lab: Keeping) {
    lab.labelling.keeper = (events) => this.#append(events);
  }

  /** Resolves once what was kept is in view; at once if that was done before. Never throws. */
  open(): Promise<void> {
    this.#opening ??= this.#open().catch((error: unknown) => {
      const words = 'Your work could not be read, so nothing is written either.';
      this.notice = `${words} Reload to try again. (${String(error)})`;
    });
    return this.#opening;
  }

  async #open(): Promise<void> {
    const [parts] = await Promise.all([import('./keep-parts.ts'), this.lab.loadWorld()]);
    this.#parts = parts;
    const storage = await parts.openStorage(parts.browserStorage);
    this.#storage = storage;
    this.#health = storage.health;
    storage.onHealth((health) => (this.#health = health));
    const project = (await parts.currentProject(storage)) ?? (await this.#newProject(FIRST_NAME));
    await this.#view(project, false);
    $effect.root(() => {
      $effect(() => this.#settingsChanged(JSON.stringify(this.#value())));
    });
    const leaving = (): void => void this.flush();
    addEventListener('pagehide', leaving);
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'hidden') leaving();
      else void this.#catchUp();
    });
  }

  // Projects

  async #newProject(name: string): Promise<string> {
    const { parts, storage } = this.#inUse();
    const id = newId();
    await parts.createProject(storage, id, name, Date.now());
    return id;
  }

  #inUse(): { parts: Parts; storage: Storage } {
    if (!this.#parts || !this.#storage) throw new Error('The storage is used before it is open.');
    return { parts: this.#parts, storage: this.#storage };
  }

  /** Puts a project in view. `anew`: in place of another; else what was said on this page already stays beside it. */
  async #view(id: string, anew: boolean): Promise<void> {
    const { parts, storage } = this.#inUse();
    const { labelling } = this.lab;
    this.#opened = false;
    const row = await parts.readProject(storage, id);
    const { events, unreadable } = await parts.loadEvents(storage, id);
    const { runs } = await parts.listRuns(storage, id);
    this.project = row ?? null;
    await parts.setCurrentProject(storage, id);
    const more = anew ? labelling.begin(events) : labelling.returned(events);
    this.#takeRow(row?.settings ?? null, anew);
    this.#runName ??= runs[0]?.run ?? null;
    if (unreadable.length > 0) this.notice = `${unreadable.length} records of your labels could not be read.`;
    labelling.keeper = (said) => this.#append(said);
    this.visiting = false;
    this.#opened = true;
    this.lab.labelsCame(more);
    await this.#join(id);
    void this.#write();
    await this.#list();
  }

  async #list(): Promise<void> {
    const { parts, storage } = this.#inUse();
    this.projects = (await parts.listProjects(storage)).projects;
  }

  /** Another project in place of the one in view. */
  async switchTo(id: string): Promise<void> {
    await this.#end();
    await this.#view(id, true);
    await this.lab.openKept();
  }

  async create(name: string): Promise<void> {
    await this.open();
    await this.switchTo(await this.#newProject(name));
  }

  async rename(name: string): Promise<void> {
    const { parts, storage } = this.#inUse();
    if (!this.project || name.trim() === '') return;
    await parts.renameProject(storage, this.project.project, name.trim(), Date.now());
    this.project = { ...this.project, name: name.trim() };
    this.#tabs?.post({ kind: 'projects' });
    await this.#list();
  }

  /** With its labels and runs; then the one worked on last is in view. */
  async remove(id: string): Promise<void> {
    const { parts, storage } = this.#inUse();
    const inView = this.project?.project === id;
    if (inView) await this.#end();
    await parts.deleteProject(storage, id);
    await this.#list();
    if (inView) {
      const next = this.projects[0]?.project ?? (await this.#newProject(FIRST_NAME));
      await this.#view(next, true);
      await this.lab.openKept();
    }
    this.#tabs?.post({ kind: 'projects' });
  }

  /** Nothing of the project in view is written any more, nor is its run. */
  async #end(): Promise<void> {
    await this.lab.run.leave();
    await this.flush();
    this.lab.labelling.keeper = null;
    this.#tabs?.leave();
    this.#tabs = null;
    this.#runName = null;
  }

  // What a link says

  /** From now on what is in view is a link's: nothing of it is kept. */
  async visit(): Promise<void> {
    await this.open();
    await this.#end();
    this.visiting = true;
  }

  /** Makes a project of what is in view. */
  async keepAsMine(name: string): Promise<void> {
    const { parts, storage } = this.#inUse();
    const id = await this.#newProject(name);
    await parts.appendEvents(storage, id, this.lab.labelling.events);
    const settings = this.#rowOf(this.#value());
    await parts.saveSettings(storage, id, settings, Date.now());
    await this.#view(id, true);
  }

  // Labels

  #append(events: readonly LabelEvent[]): void {
    this.#queue.push(...events);
    this.#unwritten += events.length;
    this.worked();
    void this.#write();
  }

  /** One write at a time; what is said meanwhile goes into the next. */
  #write(): Promise<void> {
    return (this.#writing ??= this.#writeAll().finally(() => (this.#writing = null)));
  }

  async #writeAll(): Promise<void> {
    while (this.#opened && this.project && this.#queue.length > 0) {
      const { parts, storage } = this.#inUse();
      const { project, name } = this.project;
      const events = this.#queue;
      this.#queue = [];
      const written = await parts.appendEvents(storage, project, events);
      if (!written.ok) {
        // what was deleted in another tab is still in view here
        await parts.createProject(storage, project, name, Date.now());
        await parts.appendEvents(storage, project, this.lab.labelling.events);
        this.notice = 'This project was deleted in another tab. What is on this page has been kept again.';
      }
      this.#unwritten -= events.length;
      this.#tabs?.post({ kind: 'events', events, kept: storage.health.kind === 'kept' });
    }
  }

  /** What other tabs said while this one did not listen. */
  async #catchUp(): Promise<void> {
    if (!this.#opened || this.visiting || !this.project) return;
    const { parts, storage } = this.#inUse();
    const known = parts.knownOf(this.lab.labelling.events);
    this.#heard(await parts.eventsSince(storage, this.project.project, known));
  }

  #heard(events: readonly StoredEvent[]): void {
    if (this.lab.labelling.heard(events)) this.lab.labelsCame(false);
  }

  // Settings

  #value(): SettingsValue {
    const { settings, picture } = this.lab;
    const { prompt, promptText } = picture;
    return { recipe: settings.recipe(), backend: settings.backend, prompt, promptText, run: this.#runName };
  }

  #settingsChanged(now: string): void {
    if (now === this.#settled || !this.#opened || this.visiting || this.role !== 'writer' || this.#newer) {
      this.#unsettled = false;
      return;
    }
    this.#unsettled = true;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.flush(), SETTLE_MS);
  }

  /** Writes what is not written yet; resolves when that is done. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    const saving = this.#saveSettings();
    await Promise.all([saving, this.#write()]);
  }

  #rowOf(value: SettingsValue): SettingsRow {
    return { schema: SETTINGS_SCHEMA, value, clock: ++this.#clock, writer: this.lab.labelling.tab };
  }

  async #saveSettings(): Promise<void> {
    if (!this.#opened || this.visiting || this.role !== 'writer' || this.#newer || !this.project) return;
    const { parts, storage } = this.#inUse();
    const { project } = this.project;
    const value = this.#value();
    const text = JSON.stringify(value);
    if (text === this.#settled) return;
    const written = await parts.saveSettings(storage, project, this.#rowOf(value), Date.now());
    if (this.project.project !== project) return;
    if (!written.ok && written.reason === 'newer') {
      this.#clock = Math.max(this.#clock, written.settings.clock);
      this.#newer = written.settings.schema > SETTINGS_SCHEMA;
      if (this.#newer) this.#health = parts.inMemory('newer');
      else return this.#saveSettings();
    }
    this.#settled = text;
    this.#unsettled = JSON.stringify(this.#value()) !== text && !this.#newer;
    this.#tabs?.post({ kind: 'settings' });
  }

  /** `anew`: a project without settings takes the defaults. */
  #takeRow(row: SettingsRow | null, anew: boolean): void {
    const { parts } = this.#inUse();
    const { settings, picture } = this.lab;
    this.#newer = row !== null && row.schema > SETTINGS_SCHEMA;
    if (this.#newer) this.#health = parts.inMemory('newer');
    this.#clock = Math.max(this.#clock, row?.clock ?? 0);
    const value = row && !this.#newer ? (row.value as Partial<SettingsValue> | null) : null;
    const read: Checked<Recipe> | null = value ? parts.checkRecipe(value.recipe) : null;
    if (read?.ok) this.lab.takeSettings(parts.settingsOf(read.value));
    else if (anew) this.lab.takeSettings(parts.settingsOf(parts.defaultRecipe('reviews')));
    if (read && !read.ok)
      this.notice = 'The settings of this project could not be read: these are the defaults.';
    if (value?.backend === 'auto' || value?.backend === 'wasm' || value?.backend === 'webgpu') {
      settings.backend = value.backend;
    }
    if (typeof value?.prompt === 'string' && typeof value.promptText === 'string') {
      picture.prompt = value.prompt;
      picture.promptText = value.promptText;
    }
    this.#runName = typeof value?.run === 'string' ? value.run : null;
    this.#settled = JSON.stringify(this.#value());
  }

  // Runs

  /** Where the run that is to be opened is kept; undefined where this tab keeps none. */
  place(resume: boolean): KeepRequest | undefined {
    const kept = this.#opened && !this.visiting && this.#health.kind === 'kept';
    if (!kept || this.role !== 'writer' || !this.project) return undefined;
    const again = resume && this.#runName !== null;
    this.#runName = again ? this.#runName : newId();
    void this.flush();
    const { project, name } = this.project;
    return { project, run: this.#runName as string, title: name, resume: again };
  }

  workerHealth(health: Health): void {
    this.#workerHealth = health;
  }

  /** After the first real work the browser is asked to keep it even when space is short. */
  worked(): void {
    if (this.#asked || !this.#parts) return;
    this.#asked = true;
    void this.#parts.askToPersist(navigator.storage).then((answer) => (this.refused = answer === 'refused'));
  }

  // Tabs

  async #join(project: string): Promise<void> {
    const { parts } = this.#inUse();
    this.role = 'waiting';
    await new Promise<void>((resolve) => {
      setTimeout(resolve, ROLE_MS);
      let first = true;
      this.#tabs = parts.joinTabs(parts.browserTabs(), {
        project,
        tab: this.lab.labelling.tab,
        onMessage: (message) => void this.#hear(message),
        onRole: (role) => {
          this.role = role;
          if (!first) void this.#roleChanged(role);
          first = false;
          resolve();
        },
        beforeYield: async () => {
          await this.lab.run.leave();
          await this.flush();
        },
      });
    });
    if ((this.role as Role) === 'writer') void this.#compact(project);
  }

  async #compact(project: string): Promise<void> {
    const { parts, storage } = this.#inUse();
    await parts.compactEvents(storage, project).catch(() => undefined); // it only makes the next opening quicker
  }

  async #hear(message: TabMessage): Promise<void> {
    switch (message.kind) {
      case 'events':
        this.#heard(message.events);
        if (!message.kept) {
          this.#queue.push(...message.events);
          this.#unwritten += message.events.length;
          await this.#write();
        }
        break;
      case 'settings':
        if (this.role !== 'writer' && this.lab.run.step === 0) await this.#takeNewest();
        break;
      case 'projects':
        await this.#list();
        break;
      case 'run':
        break;
      default:
        message satisfies never;
    }
  }

  async #takeNewest(): Promise<void> {
    const { parts, storage } = this.#inUse();
    if (!this.project) return;
    const row = await parts.readProject(storage, this.project.project);
    if (!row) return;
    this.project = row;
    this.#takeRow(row.settings, false);
    this.lab.settingsCame();
  }

  async #roleChanged(role: Role): Promise<void> {
    if (role === 'writer') {
      // a run of some steps that this tab made unkept is not thrown away
      if (this.lab.run.step > 0) return;
      await this.#takeNewest();
    }
    await this.lab.openKept();
  }

  async takeOver(): Promise<void> {
    this.notice = '';
    if ((await this.#tabs?.takeOver()) !== true) {
      this.notice = 'The other tab did not answer. Close it; this one then takes over by itself.';
    }
  }

  // Files

  /** Everything that is kept, and what is in memory only, as a file. */
  async exported(): Promise<Blob> {
    const { parts, storage } = this.#inUse();
    const text: string[] = [];
    for await (const part of parts.exportAll(storage, parts.browserStorage)) text.push(part);
    const memory = [this.#health, this.#workerHealth].some(({ kind }) => kind === 'memory');
    const worker = memory ? await this.lab.run.exported() : null;
    return new Blob(worker === null ? text : [together(text.join(''), worker)], { type: 'application/json' });
  }

  /** Adds what a file holds to what is kept; nothing that is here is lost. */
  async imported(file: string): Promise<Checked<Restored>> {
    const { parts, storage } = this.#inUse();
    const restored = await parts.importAll(storage, file);
    if (!restored.ok) return restored;
    await this.#catchUp();
    await this.#list();
    this.#tabs?.post({ kind: 'projects' });
    return restored;
  }
}

/** Two such files in one: both hold a list of parts. */
function together(first: string, second: string): string {
  const [a, b] = [first, second].map((text) => JSON.parse(text) as { parts: unknown[] });
  return JSON.stringify({ ...a, parts: [...(a?.parts ?? []), ...(b?.parts ?? [])] });
}
