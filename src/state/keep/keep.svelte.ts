/**
 * Keeps what the visitor makes: labels as they are given, settings a moment after they change, runs by the trainer's worker.
 * Says whether all of it is on disk. Opens the storage after the first paint; what was said before then is written then.
 */
import type { Checked } from '../../base/errors.ts';
import { KEPT, type Health } from '../../storage/health.ts';
import type { Restored } from '../../storage/restore.ts';
import type { ProjectRow } from '../../storage/schema.ts';
import type { Role } from '../../storage/tabs.ts';
import { newId } from '../ids.ts';
import { StorageConnection } from './storage-connection.svelte.ts';
import { StoredLabels } from './stored-labels.svelte.ts';
import { Projects } from './projects.svelte.ts';
import { StoredRun } from './stored-run.svelte.ts';
import { StoredSettings } from './stored-settings.svelte.ts';
import { ProjectTabs } from './project-tabs.svelte.ts';
import type { LoadedStorage, Keeping } from './keeping.ts';
import type { RunSource } from '../run/run-source.ts';

/**
 * `nothing`: a draft is in view, and nothing has been made yet. `following`: labels are saved, while another tab keeps the
 * settings and the run. `unkept`: all but the run, which another tab has deleted; `deleted`: the project too.
 */
export type Saved =
  | 'opening'
  | 'nothing'
  | 'saved'
  | 'saving'
  | 'following'
  | 'unkept'
  | 'deleted'
  | { memory: Health & { kind: 'memory' } };

export class Keep {
  /** Something that happened to what is kept, as a sentence. */
  notice = $state('');
  /** The browser may clear it when space is short. */
  refused = $state(false);

  #opened = $state(false);
  /** False while a tab that has become the writer reads what the one before has written. */
  #upToDate = $state(true);

  readonly #connection: StorageConnection;
  readonly #projects: Projects;
  readonly #settings: StoredSettings;
  readonly #labels: StoredLabels;
  readonly #run: StoredRun;
  readonly #tabs: ProjectTabs;

  #opening: Promise<void> | null = null;
  #asked = false;
  #unwatch: () => void = () => undefined;

  /** Numbers that were set in this tab, while another one keeps the settings. */
  readonly unkeptNumbers: boolean = $derived.by(() => this.role === 'follower' && this.#settings.unsettled);

  readonly saved: Saved = $derived.by(() => {
    if (!this.#opened) return 'opening';
    const healths = [this.#connection.health, this.#run.health, this.#settings.health];
    const memory = healths.find((health) => health.kind === 'memory');
    if (memory?.kind === 'memory') return { memory };
    if (this.#labels.unwritten > 0) return 'saving';
    if (this.#projects.gone) return 'deleted';
    if (this.lab.run.deleted) return 'unkept';
    if (this.role === 'follower') return this.#projects.isDraft ? 'nothing' : 'following';
    if (this.#settings.unsettled || this.lab.run.unsaved) return 'saving';
    return this.#projects.isDraft ? 'nothing' : 'saved';
  });

  constructor(private readonly lab: Keeping) {
    this.#connection = new StorageConnection(() => lab.loadWorld());
    const loaded = (): LoadedStorage => this.#connection.inUse();
    const isOpen = (): boolean => this.#opened;
    const notice = (sentence: string): void => void (this.notice = sentence);
    this.#projects = new Projects(loaded, () => this.#tabs.post({ kind: 'projects' }));
    this.#settings = new StoredSettings(lab, {
      loaded,
      project: () => (this.#mayWrite ? (this.project?.project ?? null) : null),
      isDraft: () => this.#projects.isDraft,
      begin: () => this.#projects.begin(),
      written: () => this.#tabs.post({ kind: 'settings' }),
      notice,
    });
    this.#labels = new StoredLabels(lab, this.#projects, {
      loaded,
      isOpen,
      written: (events, kept) => this.#tabs.post({ kind: 'events', events, kept }),
      notice,
    });
    this.#run = new StoredRun(lab, this.#connection, this.#projects, this.#settings, {
      isOpen,
      isWriter: () => this.role === 'writer',
      flush: () => this.flush(),
    });
    this.#tabs = new ProjectTabs(lab.labelling.tab, {
      events: async (events, kept) => {
        this.#labels.heard(events);
        if (!kept) this.#labels.append(events);
      },
      settings: async () => {
        const untouched = lab.run.step === 0 && !this.unkeptNumbers;
        if (this.role !== 'writer' && untouched) await this.#takeNewest();
      },
      projects: async () => {
        await this.#projects.list();
        await this.#projects.again();
      },
      role: (role) => this.#roleChanged(role),
      beforeYield: async () => {
        await this.#run.leave();
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

  get isDraft(): boolean {
    return this.#projects.isDraft;
  }

  get #mayWrite(): boolean {
    return this.#opened && this.#upToDate && this.role === 'writer';
  }

  #listen(): void {
    this.lab.labelling.keeper = (events) => {
      this.#labels.append(events);
      void this.worked();
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
    await Promise.all([this.#connection.open(), this.lab.loadWorld()]);
    await this.#view(await this.#projects.first(), false);
    this.#unwatch = this.#watch();
  }

  /** Settings are written when they have changed, everything before the page is hidden. Returns what ends that. */
  #watch(): () => void {
    const unwatchSettings = $effect.root(() => {
      $effect(() => this.#settings.watch());
    });
    const hide = (): void => void this.flush();
    const turn = (): void => {
      if (document.visibilityState === 'hidden') hide();
      else void this.#labels.catchUp();
    };
    addEventListener('pagehide', hide);
    document.addEventListener('visibilitychange', turn);
    return () => {
      unwatchSettings();
      removeEventListener('pagehide', hide);
      document.removeEventListener('visibilitychange', turn);
    };
  }

  /** Another page of the site is gone to: everything is saved, then the tabs, the storage and the browser are let go. */
  close(): void {
    this.#connection.release(async () => {
      if (!this.#opening) return this.lab.run.leave();
      await this.#opening;
      await this.#end();
      this.#unwatch();
    });
  }

  // Projects

  /** Puts a project in view. `anew`: in place of another; else what was said on this page already stays beside it. */
  async #view(id: string, anew: boolean): Promise<void> {
    const loaded = this.#connection.inUse();
    this.#opened = false;
    const row = await this.#projects.look(id);
    const { runs } = await loaded.parts.listRuns(loaded.storage, id);
    const more = await this.#labels.load(id, anew);
    this.#settings.take(row.settings, anew);
    this.#settings.run ??= runs[0]?.run ?? null;
    this.#listen();
    this.#opened = true;
    this.lab.labelsCame(more);
    await this.#tabs.join(loaded, id);
    if (this.role === 'writer') void this.#labels.compact(id);
    void this.#labels.write();
    await this.#projects.list();
  }

  /** Another project in place of the one in view. */
  async switchTo(id: string): Promise<void> {
    await this.#end();
    await this.#view(id, true);
    await this.lab.resumeRun();
  }

  async create(name: string): Promise<void> {
    await this.open();
    await this.switchTo(await this.#projects.make(name));
  }

  async rename(name: string): Promise<void> {
    if (name.trim() === '') return;
    await this.#projects.rename(name.trim());
  }

  /** With its labels and runs; then the one worked on last is in view. */
  async remove(id: string): Promise<void> {
    const inView = this.project?.project === id;
    if (inView) await this.#end();
    await this.#projects.remove(id);
    if (!inView) return;
    await this.#view(await this.#projects.first(), true);
    await this.lab.resumeRun();
  }

  /** Nothing of the project in view is written any more, nor is its run. */
  async #end(): Promise<void> {
    await this.#run.leave();
    await this.flush();
    this.lab.labelling.keeper = null;
    this.#tabs.leave();
    this.#opened = false;
    this.#upToDate = true;
    this.#run.health = KEPT;
    this.#settings.run = null;
  }

  /** Makes a project of what another Lab holds, with its run, and puts it in view; that Lab is left as it is. */
  async takeIn(guest: Keeping, name: string): Promise<void> {
    await this.open();
    const { parts, storage } = this.#connection.inUse();
    const project = await this.#projects.make(name);
    await parts.appendEvents(storage, project, guest.labelling.events);
    const { run } = guest;
    if (run.phase === 'running') await run.pause();
    const place = run.step > 0 ? { project, run: newId(), title: name } : null;
    if (place) await this.#run.takeIn(run, place);
    await this.#settings.saveTo(project, guest, place?.run ?? null);
    await this.switchTo(project);
  }

  /** Writes what is not written yet; resolves when that is done. */
  async flush(): Promise<void> {
    await Promise.all([this.#settings.save(), this.#labels.write()]);
  }

  // Runs

  /** Where the run that is to be opened is kept, and comes from. */
  place(resume: boolean): Pick<RunSource, 'keep' | 'carried'> {
    return this.#run.source(resume);
  }

  /** Another tab has deleted it, perhaps with its project; that is kept again with the next label, or with another run. */
  async runDeleted(): Promise<void> {
    if (this.#opened) await this.#projects.again();
  }

  async restoreIfGone(): Promise<void> {
    if (this.#projects.gone) await this.#labels.restore();
  }

  workerHealth(health: Health): void {
    this.#run.health = health;
  }

  /** With the first real work a draft is made a project, and the browser is asked to keep it even when space is short. */
  async worked(): Promise<void> {
    if (!this.#connection.isThere) return;
    await this.#projects.begin();
    if (this.#asked) return;
    this.#asked = true;
    this.refused = (await this.#connection.inUse().parts.askToPersist(navigator.storage)) === 'refused';
  }

  // Tabs

  /** What the writer has kept; of its settings only the run where this tab's own numbers are to stay. */
  async #takeNewest(ownNumbers = false): Promise<void> {
    const row = await this.#projects.again();
    if (!row) return;
    if (ownNumbers) this.#settings.takeRun(row.settings);
    else this.#settings.take(row.settings, false);
    this.lab.settingsCame();
  }

  async #roleChanged(role: Role): Promise<void> {
    this.#upToDate = role !== 'writer';
    const ownNumbers = this.#settings.unsettled;
    if (role === 'writer') {
      // a run of some steps that this tab made unkept is kept from now on, and the other tab's stays beside it
      if (this.lab.run.step > 0) return this.#keepRun();
      await this.#takeNewest(ownNumbers);
      this.#upToDate = true;
      await this.flush();
    }
    await this.lab.resumeRun();
  }

  async #keepRun(): Promise<void> {
    await this.#projects.begin();
    this.#upToDate = true;
    await this.#run.keepFromNowOn();
    await this.flush();
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
    const { parts, storage } = this.#connection.inUse();
    if (this.#run.inMemory || this.#settings.health.kind === 'memory') await this.#run.carry();
    await this.flush();
    const text: string[] = [];
    for await (const part of parts.exportAll(storage, parts.browserStorage)) text.push(part);
    return new Blob(text, { type: 'application/json' });
  }

  /** Adds what a file holds to what is kept; nothing that is here is lost. */
  async imported(file: string): Promise<Checked<Restored>> {
    const { parts, storage } = this.#connection.inUse();
    const restored = await parts.importAll(storage, file);
    if (!restored.ok) return restored;
    await this.#labels.catchUp();
    await this.#projects.list();
    this.#tabs.post({ kind: 'projects' });
    // nothing has been made here: what was brought back is what was wanted
    const newest = this.projects[0];
    if (this.isDraft && newest) await this.switchTo(newest.project);
    return restored;
  }
}
