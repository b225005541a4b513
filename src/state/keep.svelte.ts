/**
 * Keeps what the visitor makes: labels as they are given, settings a moment after they change, runs by the trainer's worker.
 * Says whether all of it is on disk. Opens the storage after the first paint; what was said before then is written then.
 */
import type { Checked } from '../base/errors.ts';
import type { KeepRequest } from '../session/protocol.ts';
import { KEPT, type Health } from '../storage/health.ts';
import type { Restored } from '../storage/restore.ts';
import type { ProjectRow } from '../storage/schema.ts';
import type { Role } from '../storage/tabs.ts';
import { newId } from './ids.ts';
import { KeptLabels } from './keep-labels.svelte.ts';
import { Projects, type Ground } from './keep-projects.svelte.ts';
import { KeptSettings } from './keep-settings.svelte.ts';
import { KeepTabs } from './keep-tabs.svelte.ts';
import type { Labelling } from './labelling.svelte.ts';
import type { Picture } from './picture.svelte.ts';
import type { Run } from './run.svelte.ts';
import type { Settings, SettingsTaken } from './settings.svelte.ts';

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
  visiting = $state(false);
  /** Something that happened to what is kept, as a sentence. */
  notice = $state('');
  /** The browser may clear it when space is short. */
  refused = $state(false);

  #health = $state.raw<Health>(KEPT);
  #workerHealth = $state.raw<Health>(KEPT);
  #opened = $state(false);

  readonly #projects: Projects;
  readonly #settings: KeptSettings;
  readonly #labels: KeptLabels;
  readonly #tabs: KeepTabs;

  #ground: Ground | null = null;
  #opening: Promise<void> | null = null;
  #asked = false;

  readonly saved: Saved = $derived.by(() => {
    if (this.visiting) return 'visiting';
    if (!this.#opened) return 'opening';
    const healths = [this.#health, this.#workerHealth, this.#settings.health];
    const memory = healths.find((health) => health.kind === 'memory');
    if (memory?.kind === 'memory') return { memory };
    return this.#labels.unwritten > 0 || this.#settings.unsettled ? 'saving' : 'saved';
  });

  constructor(private readonly lab: Keeping) {
    const ground = (): Ground => this.#inUse();
    const notice = (sentence: string): void => void (this.notice = sentence);
    this.#projects = new Projects(ground);
    this.#settings = new KeptSettings(lab, {
      ground,
      project: () => (this.#isOpen && this.role === 'writer' ? (this.project?.project ?? null) : null),
      written: () => this.#tabs.post({ kind: 'settings' }),
      notice,
    });
    this.#labels = new KeptLabels(lab, this.#projects, {
      ground,
      isOpen: () => this.#isOpen,
      written: (events, kept) => this.#tabs.post({ kind: 'events', events, kept }),
      notice,
    });
    this.#tabs = new KeepTabs(lab.labelling.tab, {
      events: async (events, kept) => {
        this.#labels.heard(events);
        if (!kept) this.#labels.append(events);
      },
      settings: async () => {
        if (this.role !== 'writer' && lab.run.step === 0) await this.#takeNewest();
      },
      projects: () => this.#projects.list(),
      role: (role) => this.#roleChanged(role),
      beforeYield: async () => {
        await lab.run.leave();
        await this.flush();
      },
    });
    this.#listen();
  }

  get project(): ProjectRow | null {
    return this.#projects.inView;
  }

  get projects(): readonly ProjectRow[] {
    return this.#projects.all;
  }

  get role(): Role {
    return this.#tabs.role;
  }

  get #isOpen(): boolean {
    return this.#opened && !this.visiting;
  }

  #inUse(): Ground {
    if (!this.#ground) throw new Error('The storage is used before it is open.');
    return this.#ground;
  }

  #listen(): void {
    this.lab.labelling.keeper = (events) => {
      this.#labels.append(events);
      this.worked();
    };
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
    const storage = await parts.openStorage(parts.browserStorage);
    this.#ground = { parts, storage };
    this.#health = storage.health;
    storage.onHealth((health) => (this.#health = health));
    await this.#view(await this.#projects.first(), false);
    $effect.root(() => {
      $effect(() => this.#settings.changed(this.#settings.text));
    });
    const leaving = (): void => void this.flush();
    addEventListener('pagehide', leaving);
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'hidden') leaving();
      else void this.#labels.catchUp();
    });
  }

  // Projects

  /** Puts a project in view. `anew`: in place of another; else what was said on this page already stays beside it. */
  async #view(id: string, anew: boolean): Promise<void> {
    const ground = this.#inUse();
    this.#opened = false;
    const row = await this.#projects.look(id);
    const { runs } = await ground.parts.listRuns(ground.storage, id);
    const more = await this.#labels.load(id, anew);
    this.#settings.take(row?.settings ?? null, anew);
    this.#settings.run ??= runs[0]?.run ?? null;
    this.#listen();
    this.visiting = false;
    this.#opened = true;
    this.lab.labelsCame(more);
    await this.#tabs.join(ground, id);
    if (this.role === 'writer') void this.#labels.compact(id);
    void this.#labels.write();
    await this.#projects.list();
  }

  /** Another project in place of the one in view. */
  async switchTo(id: string): Promise<void> {
    await this.#end();
    await this.#view(id, true);
    await this.lab.openKept();
  }

  async create(name: string): Promise<void> {
    await this.open();
    await this.switchTo(await this.#projects.make(name));
  }

  async rename(name: string): Promise<void> {
    if (name.trim() === '') return;
    await this.#projects.rename(name.trim());
    this.#tabs.post({ kind: 'projects' });
  }

  /** With its labels and runs; then the one worked on last is in view. */
  async remove(id: string): Promise<void> {
    const inView = this.project?.project === id;
    if (inView) await this.#end();
    await this.#projects.remove(id);
    if (inView) {
      await this.#view(await this.#projects.first(), true);
      await this.lab.openKept();
    }
    this.#tabs.post({ kind: 'projects' });
  }

  /** Nothing of the project in view is written any more, nor is its run. */
  async #end(): Promise<void> {
    await this.lab.run.leave();
    await this.flush();
    this.lab.labelling.keeper = null;
    this.#tabs.leave();
    this.#settings.run = null;
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
    const id = await this.#projects.make(name);
    await parts.appendEvents(storage, id, this.lab.labelling.events);
    await this.#settings.saveTo(id);
    await this.#view(id, true);
  }

  /** Writes what is not written yet; resolves when that is done. */
  async flush(): Promise<void> {
    await Promise.all([this.#settings.save(), this.#labels.write()]);
  }

  // Runs

  /** Where the run that is to be opened is kept; undefined where this tab keeps none. */
  place(resume: boolean): KeepRequest | undefined {
    const kept = this.#isOpen && this.#health.kind === 'kept' && this.#settings.health.kind === 'kept';
    if (!kept || this.role !== 'writer' || !this.project) return undefined;
    const before = resume ? this.#settings.run : null;
    const run = before ?? newId();
    this.#settings.run = run;
    void this.flush();
    const { project, name } = this.project;
    return { project, run, title: name, resume: before !== null };
  }

  workerHealth(health: Health): void {
    this.#workerHealth = health;
  }

  /** After the first real work the browser is asked to keep it even when space is short. */
  worked(): void {
    if (this.#asked || !this.#ground) return;
    this.#asked = true;
    const asking = this.#ground.parts.askToPersist(navigator.storage);
    void asking.then((answer) => (this.refused = answer === 'refused'));
  }

  // Tabs

  async #takeNewest(): Promise<void> {
    const row = await this.#projects.again();
    if (!row) return;
    this.#settings.take(row.settings, false);
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
    if (!(await this.#tabs.takeOver())) {
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
    await this.#labels.catchUp();
    await this.#projects.list();
    this.#tabs.post({ kind: 'projects' });
    return restored;
  }
}

/** Two such files in one: both hold a list of parts. */
function together(first: string, second: string): string {
  const [a, b] = [first, second].map((text) => JSON.parse(text) as { parts: unknown[] });
  return JSON.stringify({ ...a, parts: [...(a?.parts ?? []), ...(b?.parts ?? [])] });
}
