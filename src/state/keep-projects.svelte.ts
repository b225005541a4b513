/** The projects of this browser, and which of them is in view. One writer: Keep. */
import type { ProjectRow } from '../storage/schema.ts';
import type { Storage } from '../storage/storage.ts';
import { newId } from './ids.ts';
import type * as KeepParts from './keep-parts.ts';

/** What all parts of keeping stand on, once the storage is open. */
export interface Ground {
  parts: typeof KeepParts;
  storage: Storage;
}

const FIRST_NAME = 'My first project';

export class Projects {
  inView = $state.raw<ProjectRow | null>(null);
  /** The one worked on last comes first. */
  all = $state.raw<readonly ProjectRow[]>([]);

  constructor(private readonly ground: () => Ground) {}

  /** Id of the project that is to be in view on a page that was just opened, or after one was deleted. */
  async first(): Promise<string> {
    const { parts, storage } = this.ground();
    return (await parts.currentProject(storage)) ?? this.all[0]?.project ?? (await this.make(FIRST_NAME));
  }

  async make(name: string): Promise<string> {
    const { parts, storage } = this.ground();
    const id = newId();
    await parts.createProject(storage, id, name, Date.now());
    return id;
  }

  /** Puts a project in view, here and in the tabs that are opened from now on. */
  async look(id: string): Promise<ProjectRow | null> {
    const { parts, storage } = this.ground();
    const row = (await parts.readProject(storage, id)) ?? null;
    this.inView = row;
    await parts.setCurrentProject(storage, id);
    return row;
  }

  /** The row in view as it lies in the storage now; null where it is gone. */
  async again(): Promise<ProjectRow | null> {
    const { parts, storage } = this.ground();
    const id = this.inView?.project;
    const row = id === undefined ? undefined : await parts.readProject(storage, id);
    if (row) this.inView = row;
    return row ?? null;
  }

  async list(): Promise<void> {
    const { parts, storage } = this.ground();
    this.all = (await parts.listProjects(storage)).projects;
  }

  async rename(name: string): Promise<void> {
    const { parts, storage } = this.ground();
    if (!this.inView) return;
    await parts.renameProject(storage, this.inView.project, name, Date.now());
    this.inView = { ...this.inView, name };
    await this.list();
  }

  /** With its labels and runs. */
  async remove(id: string): Promise<void> {
    const { parts, storage } = this.ground();
    await parts.deleteProject(storage, id);
    await this.list();
  }

  /** The row in view again, after another tab has deleted it. */
  async restore(): Promise<void> {
    const { parts, storage } = this.ground();
    if (this.inView) await parts.createProject(storage, this.inView.project, this.inView.name, Date.now());
  }
}
