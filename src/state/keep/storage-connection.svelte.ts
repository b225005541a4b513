/**
 * The storage that all of keeping stands on. Pages of the site take turns: the next one waits until the one before has let
 * go, and takes over what could be kept in memory only. One writer: Keep.
 */
import { KEPT, type Health } from '../../storage/health.ts';
import type { World } from '../../worlds/world.ts';
import type { Storage } from '../../storage/storage.ts';
import type { LoadedStorage } from './keeping.ts';

/** A page of this site that was left, letting go of what it held. */
let leaving: Promise<void> = Promise.resolve();
/** What could be kept in memory only, for the next page of this site that keeps something. */
let leftover: Storage | null = null;

export class StorageConnection {
  health = $state.raw<Health>(KEPT);
  #loaded: LoadedStorage | null = null;
  #unwatch: () => void = () => undefined;

  constructor(private readonly loadWorld: () => Promise<World>) {}

  get isThere(): boolean {
    return this.#loaded !== null;
  }

  inUse(): LoadedStorage {
    if (!this.#loaded) throw new Error('The storage is used before it is open.');
    return this.#loaded;
  }

  async open(): Promise<void> {
    await leaving;
    const [parts, world] = await Promise.all([import('./keep-parts.ts'), this.loadWorld()]);
    const storage = leftover ?? (await parts.openStorage(parts.browserStorage));
    if (leftover) await leftover.retry();
    leftover = null;
    this.#loaded = { parts, storage, world };
    this.health = storage.health;
    this.#unwatch = storage.onHealth((health) => (this.health = health));
  }

  /** Lets go of the storage once `end` has written what it must. Why it can't be was told when it was opened. */
  release(end: () => Promise<void>): void {
    const released = end()
      .then(() => this.#letGo())
      .catch(() => undefined);
    leaving = Promise.all([leaving, released]).then(() => undefined);
  }

  #letGo(): void {
    if (!this.#loaded) return;
    this.#unwatch();
    const { storage } = this.#loaded;
    const { health } = storage;
    if (health.kind === 'kept') storage.close();
    else if (health.reason !== 'cleared') leftover = storage;
  }
}
