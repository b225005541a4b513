/**
 * The projects of this browser, and which of them is in view. A page on which nothing has been made yet has a draft in
 * view, which lies nowhere until there is something to keep. One writer: Keep.
 */
import type { ProjectRow } from '../../storage/schema.ts';
import { newId } from '../ids.ts';
import type { LoadedStorage } from './keeping.ts';

const FIRST_NAME = 'My first project';

export class Projects {
  inView = $state.raw<ProjectRow | null>(null);
  /** What is in view is not among the projects yet. */
  isDraft = $state(false);
  /** It was deleted by another tab, and lies nowhere until it is restored. */
  gone = $state(false);
  /** The one worked on last comes first. */
  all = $state.raw<readonly ProjectRow[]>([]);
  #beginning: Promise<void> | null = null;

  constructor(
    private readonly loaded: () => LoadedStorage,
    /** The list has changed by what was done here. */
    private readonly changed: () => void,
  ) {}

  /** Id of what is to be in view on a page that was just opened, or after a project was deleted. */
  async first(): Promise<string> {
    const { parts, storage } = this.loaded();
    await this.list();
    const there = (await parts.currentProject(storage)) ?? this.all[0]?.project;
    return there ?? parts.draftProject(storage, newId());
  }

  async make(name: string): Promise<string> {
    const { parts, storage } = this.loaded();
    const id = newId();
    await parts.createProject(storage, id, name, Date.now());
    return id;
  }

  /** Puts a project in view, here and in the tabs that are opened from now on; an id that none has is a draft's. */
  async look(id: string): Promise<ProjectRow> {
    const { parts, storage } = this.loaded();
    const row = await parts.readProject(storage, id);
    this.isDraft = row === undefined;
    this.gone = false;
    this.inView = row ?? { project: id, name: FIRST_NAME, created: 0, modified: 0, settings: null };
    if (row) await parts.setCurrentProject(storage, id);
    return this.inView;
  }

  /** Makes a project of a draft; nothing to do for any other. */
  begin(): Promise<void> {
    if (!this.isDraft) return Promise.resolve();
    return (this.#beginning ??= this.#begin().finally(() => (this.#beginning = null)));
  }

  async #begin(): Promise<void> {
    const { parts, storage } = this.loaded();
    if (!this.inView) return;
    const { project, name } = this.inView;
    const row = await parts.beginProject(storage, project, name, Date.now());
    if (this.inView.project !== project) return;
    this.inView = row;
    this.isDraft = false;
    await this.list();
    this.changed();
  }

  /** The row in view as it lies in the storage now; null where it is gone. */
  async again(): Promise<ProjectRow | null> {
    const { parts, storage } = this.loaded();
    const id = this.inView?.project;
    const row = id === undefined ? undefined : await parts.readProject(storage, id);
    if (row && this.inView?.project === id) {
      this.inView = row;
      this.isDraft = false;
    }
    if (this.inView?.project === id) this.gone = !row && !this.isDraft;
    return row ?? null;
  }

  async list(): Promise<void> {
    const { parts, storage } = this.loaded();
    this.all = (await parts.listProjects(storage)).projects;
  }

  async rename(name: string): Promise<void> {
    const { parts, storage } = this.loaded();
    await this.begin();
    if (!this.inView) return;
    await parts.renameProject(storage, this.inView.project, name, Date.now());
    this.inView = { ...this.inView, name };
    await this.list();
    this.changed();
  }

  /** With its labels and runs. */
  async remove(id: string): Promise<void> {
    const { parts, storage } = this.loaded();
    await parts.deleteProject(storage, id);
    await this.list();
    this.changed();
  }

  /** The row in view again, after another tab has deleted it. */
  async restore(): Promise<void> {
    const { parts, storage } = this.loaded();
    if (this.inView) await parts.createProject(storage, this.inView.project, this.inView.name, Date.now());
    this.gone = false;
  }
}
