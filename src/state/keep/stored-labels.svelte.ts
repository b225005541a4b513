/** Label events on their way to the storage and from other tabs. One writer: Keep. */
import type { StoredEvent } from '../../storage/events.ts';
import type { Projects } from './projects.svelte.ts';
import type { LoadedStorage, Keeping } from './keeping.ts';

export interface StoredLabelsHost {
  loaded(): LoadedStorage;
  /** Whether what is said now belongs to the project in view. */
  isOpen(): boolean;
  /** `kept`: on disk, and not in memory only. */
  written(events: StoredEvent[], kept: boolean): void;
  notice(sentence: string): void;
}

export class StoredLabels {
  /** Events that are not on disk yet. */
  unwritten = $state(0);

  #queue: StoredEvent[] = [];
  #writing: Promise<void> | null = null;

  constructor(
    private readonly lab: Keeping,
    private readonly projects: Projects,
    private readonly host: StoredLabelsHost,
  ) {}

  append(events: readonly StoredEvent[]): void {
    this.#queue.push(...events);
    this.unwritten += events.length;
    void this.write();
  }

  /** One write at a time; what is said meanwhile goes into the next. */
  write(): Promise<void> {
    return (this.#writing ??= this.#writeAll().finally(() => (this.#writing = null)));
  }

  async #writeAll(): Promise<void> {
    while (this.host.isOpen() && this.projects.inView && this.#queue.length > 0) {
      const { parts, storage } = this.host.loaded();
      const { project } = this.projects.inView;
      const events = this.#queue;
      this.#queue = [];
      await this.projects.begin();
      const written = await parts.appendEvents(storage, project, events);
      if (!written.ok) await this.restore(); // what was deleted in another tab is still in view here
      this.unwritten -= events.length;
      this.host.written(events, storage.health.kind === 'kept');
    }
  }

  /** The project in view again, after another tab has deleted it, with the labels on this page. */
  async restore(): Promise<void> {
    const { parts, storage } = this.host.loaded();
    if (!this.projects.inView) return;
    await this.projects.restore();
    await parts.appendEvents(storage, this.projects.inView.project, this.lab.labelling.events);
    this.host.notice('This project was deleted in another tab. What is on this page has been kept again.');
  }

  /** All that was said in a project; true if another pair is to be made. `anew`: in place of what is on the page. */
  async load(project: string, anew: boolean): Promise<boolean> {
    const { parts, storage } = this.host.loaded();
    const { labelling } = this.lab;
    const { events, unreadable } = await parts.loadEvents(storage, project);
    if (unreadable.length > 0)
      this.host.notice(`${unreadable.length} records of your labels could not be read.`);
    return anew ? labelling.begin(events) : labelling.returned(events);
  }

  /** What other tabs said while this one did not listen. */
  async catchUp(): Promise<void> {
    if (!this.host.isOpen() || !this.projects.inView) return;
    const { parts, storage } = this.host.loaded();
    const known = parts.knownOf(this.lab.labelling.events);
    this.heard(await parts.eventsSince(storage, this.projects.inView.project, known));
  }

  heard(events: readonly StoredEvent[]): void {
    if (this.lab.labelling.heard(events)) this.lab.labelsCame(false);
  }

  /** So that a long log opens quickly. */
  async compact(project: string): Promise<void> {
    const { parts, storage } = this.host.loaded();
    await parts.compactEvents(storage, project).catch(() => undefined); // it only makes the next opening quicker
  }
}
