/**
 * The visitor's own data as this browser keeps it: worlds made of files, each with the model that was taught on it. The page
 * of one's own data has one. One writer: this class.
 */
import { createContext } from 'svelte';
import { KEPT, type Health } from '../../storage/health.ts';
import type { OwnKept } from '../../storage/own-worlds.ts';
import type { OwnWorldRow } from '../../storage/schema.ts';
import type { Storage } from '../../storage/storage.ts';
import type * as OwnParts from './own-parts.ts';

interface LoadedParts {
  parts: typeof OwnParts;
  storage: Storage;
}

export class StoredWorlds {
  /** The one worked on last comes first. */
  worlds = $state.raw<readonly OwnWorldRow[]>([]);
  health = $state.raw<Health>(KEPT);
  /** What could not be kept or brought back, and what to do; '' for nothing. */
  problem = $state('');
  /** Name of the world that is brought back; null where a file is in view, or nothing. */
  inView = $state<string | null>(null);
  /** Name of the world whose kept model is just the one in view. */
  shown = $state<string | null>(null);

  #opening: Promise<LoadedParts> | null = null;
  #asked = false;

  /** What is kept comes into view. Never rejects. */
  async look(): Promise<void> {
    try {
      const { parts, storage } = await this.#loaded();
      const { worlds, unreadable } = await parts.listOwn(storage);
      this.worlds = worlds;
      if (unreadable.length > 0) this.problem = UNREADABLE;
    } catch (error) {
      this.problem = `What is kept of your data could not be read (${String(error)}). Reload to try again.`;
    }
  }

  /** Whether just this model is on disk. */
  has(world: string, digest: string): boolean {
    if (this.health.kind !== 'kept') return false;
    return this.worlds.some((one) => one.world === world && one.digest === digest);
  }

  /** Keeps a world with its model, in place of the model that was kept with it before. Never rejects. */
  async keep(kept: OwnKept): Promise<void> {
    try {
      const { parts, storage } = await this.#loaded();
      const { file } = kept.built.encoded;
      const bytes = parts.bytesOfOwn(kept);
      if (bytes > parts.MOST_OWN_BYTES) {
        this.problem = `${file} takes ${megabytes(bytes)}; up to ${megabytes(parts.MOST_OWN_BYTES)} are kept. It stays in this tab. A shorter context makes it smaller.`;
        return;
      }
      await parts.keepOwn(storage, kept, Date.now());
      if (storage.health.kind === 'memory') await storage.retry();
      if (!this.#asked) await parts.askToPersist(navigator.storage);
      this.#asked = true;
      this.problem = '';
      await this.look();
    } catch (error) {
      this.problem = `Your data could not be kept (${String(error)}). It stays in this tab.`;
    }
  }

  /** Null where it is gone or damaged, and the problem says so. Never rejects. */
  async read(world: string): Promise<OwnKept | null> {
    try {
      const { parts, storage } = await this.#loaded();
      const kept = await parts.readOwn(storage, world);
      this.problem = kept === null ? GONE : '';
      if (kept === null) await this.look();
      return kept;
    } catch (error) {
      this.problem = `It could not be read (${String(error)}). Reload to try again.`;
      return null;
    }
  }

  /** Never rejects. */
  async remove(world: string): Promise<void> {
    try {
      const { parts, storage } = await this.#loaded();
      await parts.removeOwn(storage, world);
      // with the room that this makes, what is in memory only may be written
      if (storage.health.kind === 'memory') await storage.retry();
      await this.look();
    } catch (error) {
      this.problem = `It could not be deleted (${String(error)}). The page “What is kept here” clears everything.`;
    }
  }

  /** The page is left. */
  leave(): void {
    const opening = this.#opening;
    this.#opening = null;
    void opening?.then(
      ({ storage }) => storage.close(),
      () => undefined,
    );
  }

  #loaded(): Promise<LoadedParts> {
    this.#opening ??= this.#open();
    this.#opening.catch(() => (this.#opening = null));
    return this.#opening;
  }

  async #open(): Promise<LoadedParts> {
    const parts = await import('./own-parts.ts');
    const storage = await parts.openStorage(parts.browserStorage);
    this.health = storage.health;
    storage.onHealth((health) => (this.health = health));
    return { parts, storage };
  }
}

/** 12.3 MB */
export const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(bytes < 1e8 ? 1 : 0)} MB`;

const GONE =
  'It is gone or damaged: another tab may have deleted it. Open the file again to make it anew; a damaged one can be deleted.';
const UNREADABLE =
  'Some of what is kept of your data can’t be read. The page “What is kept here” downloads and clears it.';

/** The page provides one; its parts use it. */
export const [useStoredWorlds, provideStoredWorlds] = createContext<StoredWorlds>();
