/** Where the run of the project in view is kept, and how runs come and go with their projects. One writer: Keep. */
import type { TitledRunKey } from '../../session/keeper.ts';
import { KEPT, type Health } from '../../storage/health.ts';
import { newId } from '../ids.ts';
import type { StorageConnection } from './storage-connection.svelte.ts';
import type { Projects } from './projects.svelte.ts';
import type { StoredSettings } from './stored-settings.svelte.ts';
import type { Keeping } from './keeping.ts';
import type { RunSource } from '../run/run-source.ts';
import type { TrainingRun } from '../run/training-run.svelte.ts';

export interface StoredRunHost {
  /** A project is in view. */
  isOpen(): boolean;
  /** This tab keeps its runs. */
  isWriter(): boolean;
  /** Writes what is not written yet. */
  flush(): Promise<void>;
}

export class StoredRun {
  /** Whether what the worker writes reaches the disk. */
  health = $state.raw<Health>(KEPT);

  constructor(
    private readonly lab: Keeping,
    private readonly connection: StorageConnection,
    private readonly projects: Projects,
    private readonly settings: StoredSettings,
    private readonly host: StoredRunHost,
  ) {}

  /** What is on this page, or the run, is in memory only. */
  get inMemory(): boolean {
    return this.connection.health.kind === 'memory' || this.health.kind === 'memory';
  }

  /** Where the run that is to be opened is kept, and comes from. This tab may keep none, or in memory alone. */
  source(resume: boolean): Pick<RunSource, 'keep' | 'carried'> {
    const { host, settings, connection } = this;
    if (!host.isOpen() || !host.isWriter() || settings.health.kind !== 'kept') return {};
    const before = resume ? settings.run : null;
    const place = this.#placeOf(before ?? newId());
    void host.flush();
    if (connection.health.kind === 'kept') return { keep: { ...place, resume: before !== null } };
    const { parts, storage } = connection.inUse();
    return before === null ? {} : { carried: () => parts.capsuleOf(storage, place) };
  }

  /** Where a run of the project in view lies; from now on it is the one in view. */
  #placeOf(run: string): TitledRunKey {
    this.settings.run = run;
    const { project = '', name = '' } = this.projects.inView ?? {};
    return { project, run, title: name };
  }

  /** A run of some steps that was made unkept is kept from now on, as one of its own. */
  async keepFromNowOn(): Promise<void> {
    const place = this.#placeOf(newId());
    if (this.connection.health.kind === 'kept') await this.lab.run.keepAt(place);
  }

  /** Ends the run, kept as it is now. */
  async leave(): Promise<void> {
    const { run } = this.lab;
    if (run.phase === 'running') await run.pause();
    if (this.inMemory) await this.carry();
    await run.leave();
  }

  /** What the worker alone holds of the run goes into the storage of the page, which may be its memory. */
  async carry(): Promise<void> {
    const { run } = this.lab;
    if (!this.host.isOpen() || run.step === 0) return;
    const { parts, storage } = this.connection.inUse();
    const place = this.#placeOf(this.settings.run ?? newId());
    const capsule = await run.capsule(place);
    if (capsule !== null) await parts.putCapsule(storage, capsule, place);
  }

  /** Another Lab's run becomes one of a project: its worker writes it to the disk, or it comes as a capsule. */
  async takeIn(run: TrainingRun, place: TitledRunKey): Promise<void> {
    const { parts, storage } = this.connection.inUse();
    if (storage.health.kind === 'kept' && (await run.keepAt(place))) return;
    const capsule = await run.capsule(place);
    const put = capsule === null ? null : await parts.putCapsule(storage, capsule, place);
    if (put?.ok !== true) throw new Error('The run could not be taken along.');
  }
}
