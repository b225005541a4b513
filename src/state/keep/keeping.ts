/** What the parts of keeping have in common. Types only. */
import type { World } from '../../worlds/world.ts';
import type { Storage } from '../../storage/storage.ts';
import type * as KeepParts from './keep-parts.ts';
import type { Controls } from '../lab/controls.svelte.ts';
import type { Labelling } from '../label/labelling.svelte.ts';
import type { ModelView } from '../lab/model-view.svelte.ts';
import type { TrainingRun } from '../run/training-run.svelte.ts';
import type { Settings } from '../lab/settings.svelte.ts';

/** What all parts of keeping stand on, once the storage is open. */
export interface LoadedStorage {
  parts: typeof KeepParts;
  storage: Storage;
  /** What the Lab is about. */
  world: World;
}

/** What of the Lab is kept, and how it is set to what was kept. */
export interface Keeping {
  readonly labelling: Labelling;
  readonly settings: Settings;
  readonly modelView: ModelView;
  readonly run: TrainingRun;
  readonly controls: Controls;
  loadWorld(): Promise<World>;
  /** Labels came from elsewhere; `more`: a pair is to be made. */
  labelsCame(more: boolean): void;
  /** Another project is in view, or this tab may keep its run from now on. */
  resumeRun(): Promise<unknown>;
  /** The settings were changed by another tab. */
  settingsCame(): void;
}
