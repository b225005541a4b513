/**
 * Keeps what the visitor makes: labels as they are given, settings a moment after they change, runs by the trainer's worker.
 * Says whether all of it is on disk. Opens the storage after the first paint; what was said before then is written then.
 */
import type { Checked } from '../base/errors.ts';
import type { KeepPlace } from '../session/keeper.ts';
import { KEPT, type Health } from '../storage/health.ts';
import type { Restored } from '../storage/restore.ts';
import type { ProjectRow } from '../storage/schema.ts';
import type { Storage } from '../storage/storage.ts';
import type { Role } from '../storage/tabs.ts';
import { newId } from './ids.ts';
import { KeptLabels } from './keep-labels.svelte.ts';
import { Projects } from './keep-projects.svelte.ts';
import { KeptSettings } from './keep-settings.svelte.ts';
import { KeepTabs } from './keep-tabs.svelte.ts';
import type { Ground, Keeping } from './keeping.ts';
import type { Run } from './run.svelte.ts';
import type { RunSource } from './run-source.ts';

/**
 * `nothing`: a draft is in view, and nothing has been made yet. `following`: labels are saved, while another tab keeps the
 * settings and the run.
 */
export type Saved =
  'opening' | 'nothing' | 'saved' | 'saving' | 'following' | { memory: Health & { kind: 'memory' } };

/** A page of this site that was left, letting go of what it held; the next one waits for it. */
let leaving: Promise<void> = Promise.resolve();
/** What could be kept in memory only, for the next page of this site that keeps something. */
let leftover: Storage | null = null;

export class Keep {
  /** Something that happened to what is kept, as a sentence. */
  notice = $state('');
  /** The browser may clear it when space is short. */
  refused = $state(false);

  #health = $state.raw<Health>(KEPT);
  #workerHealth = $state.raw<Health>(KEPT);
  #opened = $state(false);
  /** False while a tab that has become the writer reads what the one before has written. */
  #upToDate = $state(true);

  readonly #projects: Projects;
  readonly #settings: KeptSettings;
  readonly #labels: KeptLabels;
  readonly #tabs: KeepTabs;

  #ground: Ground | null = null;
  #opening: Promise<void> | null = null;
  #asked = false;
  #releases: (() => unknown)[] = [];

  /** Numbers that were set in this tab, while another one keeps the settings. */
  readonly unkeptNumbers: boolean = $derived.by(() => this.role === 'follower' && this.#settings.unsettled);

  readonly saved: Saved = $derived.by(() => {
    if (!this.#opened) return 'opening';
    const healths = [this.#health, this.#workerHealth, this.#settings.health];
    const memory = healths.find((health) => health.kind === 'memory');
    if (memory?.kind === 'memory') return { memory };
    if (this.#labels.unwritten > 0) return 'saving';
    if (this.role === 'follower') return this.#projects.isDraft ? 'nothing' : 'following';
    if (this.#settings.unsettled) return 'saving';
    return this.#projects.isDraft ? 'nothing' : 'saved';
  });

  constructor(private readonly lab: Keeping) {
    const ground = (): Ground => this.#inUse();
    const notice = (sentence: string): void => void (this.notice = sentence);
    this.#projects = new Projects(ground, () => this.#tabs.post({ kind: 'projects' }));
    this.#settings = new KeptSettings(lab, {
      ground,
      project: () => (this.#mayWrite ? (this.project?.project ?? null) : null),
      isDraft: () => this.#projects.isDraft,
      begin: () => this.#projects.begin(),
      written: () => this.#tabs.post({ kind: 'settings' }),
      notice,
    });
    this.#labels = new KeptLabels(lab, this.#projects, {
      ground,
      isOpen: () => this.#opened,
      written: (events, kept) => this.#tabs.post({ kind: 'events', events, kept }),
      notice,
    });
    this.#tabs = new KeepTabs(lab.labelling.tab, {
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
        await this.#leaveRun();
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

  /** What is on this page, or the run, is in memory only. */
  get #inMemory(): boolean {
    return this.#health.kind === 'memory' || this.#workerHealth.kind === 'memory';
  }

  #inUse(): Ground {
    if (!this.#ground) throw new Error('The storage is used before it is open.');
    return this.#ground;
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
    await leaving;
    const [parts] = await Promise.all([import('./keep-parts.ts'), this.lab.loadWorld()]);
    const storage = leftover ?? (await parts.openStorage(parts.browserStorage));
    if (leftover) await leftover.retry();
    leftover = null;
    this.#ground = { parts, storage };
    this.#health = storage.health;
    this.#releases.push(storage.onHealth((health) => (this.#health = health)));
    await this.#view(await this.#projects.first(), false);
    const unwatch = $effect.root(() => {
      $effect(() => this.#settings.watch());
    });
    this.#releases.push(unwatch);
    const hide = (): void => void this.flush();
    const turn = (): void => {
      if (document.visibilityState === 'hidden') hide();
      else void this.#labels.catchUp();
    };
    addEventListener('pagehide', hide);
    document.addEventListener('visibilitychange', turn);
    this.#releases.push(() => {
      removeEventListener('pagehide', hide);
      document.removeEventListener('visibilitychange', turn);
    });
  }

  /** Another page of the site is gone to: everything is saved, then the tabs, the storage and the browser are let go. */
  close(): void {
    const closed = this.#close().catch(() => undefined); // why it can't be was told when it was opened
    leaving = Promise.all([leaving, closed]).then(() => undefined);
  }

  async #close(): Promise<void> {
    if (!this.#opening) return this.lab.run.leave();
    await this.#opening;
    await this.#end();
    for (const release of this.#releases) release();
    const { storage } = this.#inUse();
    const { health } = storage;
    if (health.kind === 'kept') storage.close();
    else if (health.reason !== 'cleared') leftover = storage;
  }

  // Projects

  /** Puts a project in view. `anew`: in place of another; else what was said on this page already stays beside it. */
  async #view(id: string, anew: boolean): Promise<void> {
    const ground = this.#inUse();
    this.#opened = false;
    const row = await this.#projects.look(id);
    const { runs } = await ground.parts.listRuns(ground.storage, id);
    const more = await this.#labels.load(id, anew);
    this.#settings.take(row.settings, anew);
    this.#settings.run ??= runs[0]?.run ?? null;
    this.#listen();
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
  }

  /** With its labels and runs; then the one worked on last is in view. */
  async remove(id: string): Promise<void> {
    const inView = this.project?.project === id;
    if (inView) await this.#end();
    await this.#projects.remove(id);
    if (!inView) return;
    await this.#view(await this.#projects.first(), true);
    await this.lab.openKept();
  }

  /** Nothing of the project in view is written any more, nor is its run. */
  async #end(): Promise<void> {
    await this.#leaveRun();
    await this.flush();
    this.lab.labelling.keeper = null;
    this.#tabs.leave();
    this.#opened = false;
    this.#upToDate = true;
    this.#workerHealth = KEPT;
    this.#settings.run = null;
  }

  async #leaveRun(): Promise<void> {
    if (this.lab.run.phase === 'running') await this.lab.run.pause();
    if (this.#inMemory) await this.#carryRun();
    await this.lab.run.leave();
  }

  /** Makes a project of what another Lab holds, with its run, and puts it in view; that Lab is left as it is. */
  async takeIn(guest: Keeping, name: string): Promise<void> {
    await this.open();
    const { parts, storage } = this.#inUse();
    const project = await this.#projects.make(name);
    await parts.appendEvents(storage, project, guest.labelling.events);
    const { run } = guest;
    if (run.phase === 'running') await run.pause();
    const place = run.step > 0 ? { project, run: newId(), title: name } : null;
    if (place) await this.#takeRun(run, place);
    await this.#settings.saveTo(project, guest, place?.run ?? null);
    await this.switchTo(project);
  }

  /** Its worker writes it to the disk; where that can't be, it comes as a capsule. */
  async #takeRun(run: Run, place: KeepPlace): Promise<void> {
    const { parts, storage } = this.#inUse();
    if (storage.health.kind === 'kept' && (await run.keepAt(place))) return;
    const capsule = await run.capsule(place);
    const put = capsule === null ? null : await parts.putCapsule(storage, capsule, place);
    if (put?.ok !== true) throw new Error('The run could not be taken along.');
  }

  /** Writes what is not written yet; resolves when that is done. */
  async flush(): Promise<void> {
    await Promise.all([this.#settings.save(), this.#labels.write()]);
  }

  // Runs

  /** Where the run that is to be opened is kept, and comes from. This tab may keep none, or in memory alone. */
  place(resume: boolean): Pick<RunSource, 'keep' | 'carried'> {
    if (!this.#opened || this.role !== 'writer' || this.#settings.health.kind !== 'kept') return {};
    const before = resume ? this.#settings.run : null;
    const place = this.#placeOf(before ?? newId());
    void this.flush();
    if (this.#health.kind === 'kept') return { keep: { ...place, resume: before !== null } };
    const { parts, storage } = this.#inUse();
    return before === null ? {} : { carried: () => parts.capsuleOf(storage, place) };
  }

  /** Where a run of the project in view lies; from now on it is the one in view. */
  #placeOf(run: string): KeepPlace {
    this.#settings.run = run;
    const { project = '', name = '' } = this.project ?? {};
    return { project, run, title: name };
  }

  /** What the worker alone holds of the run goes into the storage of the page, which may be its memory. */
  async #carryRun(): Promise<void> {
    const { run } = this.lab;
    if (!this.#opened || run.step === 0) return;
    const { parts, storage } = this.#inUse();
    const place = this.#placeOf(this.#settings.run ?? newId());
    const capsule = await run.capsule(place);
    if (capsule !== null) await parts.putCapsule(storage, capsule, place);
  }

  workerHealth(health: Health): void {
    this.#workerHealth = health;
  }

  /** With the first real work a draft is made a project, and the browser is asked to keep it even when space is short. */
  async worked(): Promise<void> {
    if (!this.#ground) return;
    await this.#projects.begin();
    if (this.#asked) return;
    this.#asked = true;
    this.refused = (await this.#ground.parts.askToPersist(navigator.storage)) === 'refused';
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
    await this.lab.openKept();
  }

  async #keepRun(): Promise<void> {
    await this.#projects.begin();
    const place = this.#placeOf(newId());
    this.#upToDate = true;
    if (this.#health.kind === 'kept') await this.lab.run.keepAt(place);
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
    const { parts, storage } = this.#inUse();
    if (this.#inMemory || this.#settings.health.kind === 'memory') await this.#carryRun();
    await this.flush();
    const text: string[] = [];
    for await (const part of parts.exportAll(storage, parts.browserStorage)) text.push(part);
    return new Blob(text, { type: 'application/json' });
  }

  /** Adds what a file holds to what is kept; nothing that is here is lost. */
  async imported(file: string): Promise<Checked<Restored>> {
    const { parts, storage } = this.#inUse();
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
