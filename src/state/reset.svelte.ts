/**
 * What this browser keeps of the site, for the page that shows, downloads and clears it. Asks the browser itself, one
 * question at a time and each with a deadline, so that one part that is wedged does not hide the others.
 */
import { isShelf } from '../base/build.ts';

/** Every name that the site gives to something that it keeps begins so; other sites may share the origin. */
const OURS = 'swayground';
const DEADLINE_SECONDS = 5;

export type What = 'database' | 'offline copy' | 'setting';

/** One thing that is kept. */
export interface StoredItem {
  what: What;
  name: string;
  /** Null where the browser does not say. */
  bytes: number | null;
}

type Phase = 'looking' | 'shown' | 'clearing' | 'cleared';

export class ResetState {
  phase = $state<Phase>('looking');
  items = $state.raw<StoredItem[]>([]);
  /** Whole sentences: what could not be looked into, downloaded or cleared, and what to do. */
  troubles = $state.raw<string[]>([]);
  downloaded = $state(false);
  /** The visitor says that no download is wanted. */
  unwanted = $state(false);
  readonly mayClear = $derived(this.phase === 'shown' && (this.downloaded || this.unwanted));
  #site = '';

  /** `site` is the absolute address of the site's root. */
  async look(site: string): Promise<void> {
    this.#site = site;
    this.troubles = [];
    this.items = await this.#found();
    this.phase = 'shown';
  }

  /** Every database as it lies there, as a JSON file; null when one could not be read, and the troubles say so. */
  async download(): Promise<File[] | null> {
    this.troubles = [];
    try {
      const [{ exportRaw }, { browserStorage }] = await Promise.all([
        import('../storage/dump.ts'),
        import('../storage/database.ts'),
      ]);
      const files: File[] = [];
      for (const { name } of this.items.filter(({ what }) => what === 'database')) {
        const pieces: string[] = [];
        for await (const piece of exportRaw(browserStorage, name)) pieces.push(piece);
        // A database that does not open comes out as a file without parts.
        if (!pieces.some((piece) => piece.includes('"stores"'))) throw new Error(`${name} does not open`);
        files.push(new File(pieces, `${name}-everything.json`, { type: 'application/json' }));
      }
      this.downloaded = true;
      return files;
    } catch (error) {
      this.#trouble(
        `The download could not be made: ${saying(error)}. Close other tabs of this site and try again.`,
      );
      return null;
    }
  }

  async clear(): Promise<void> {
    this.phase = 'clearing';
    this.troubles = [];
    const clearOne: Record<What, (name: string) => Promise<unknown>> = {
      database: removeDatabase,
      'offline copy': (name) => caches.delete(name),
      setting: (name) => Promise.resolve(localStorage.removeItem(name)),
    };
    // First the worker, which would otherwise make its copy again.
    await this.#try('The service worker could not be removed', () => unregister(this.#site));
    for (const { what, name } of this.items) {
      await this.#try(`The ${what} ${name} could not be cleared`, () => clearOne[what](name));
    }
    const troubles = this.troubles;
    this.items = await this.#found();
    this.troubles = [...troubles, ...this.troubles];
    this.phase = this.items.length ? 'shown' : 'cleared';
  }

  async #found(): Promise<StoredItem[]> {
    const found: StoredItem[] = [];
    for (const look of [databases, () => copies(this.#site), settings]) {
      found.push(...((await this.#try('Something that is kept could not be looked into', look)) ?? []));
    }
    return found;
  }

  async #try<T>(what: string, work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await inTime(work());
    } catch (error) {
      this.#trouble(`${what}: ${saying(error)}.`);
      return undefined;
    }
  }

  #trouble(sentence: string): void {
    this.troubles = [...this.troubles, sentence];
  }
}

const saying = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).replace(/\.$/, '');

async function inTime<T>(work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    const error = new Error(`the browser did not answer within ${DEADLINE_SECONDS} s`);
    timer = setTimeout(() => reject(error), DEADLINE_SECONDS * 1000);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

async function databases(): Promise<StoredItem[]> {
  const names = (await indexedDB.databases()).map(({ name }) => name ?? '');
  const ours = names.filter((name) => name.startsWith(OURS));
  const estimate = (await navigator.storage?.estimate?.()) as { usageDetails?: { indexedDB?: number } };
  // The browser counts all databases of the origin together.
  const bytes = names.length === 1 ? (estimate?.usageDetails?.indexedDB ?? null) : null;
  return ours.map((name) => ({ what: 'database', name, bytes }));
}

async function copies(site: string): Promise<StoredItem[]> {
  const names = (await caches.keys()).filter((name) => isShelf(site, name));
  return Promise.all(
    names.map(async (name) => {
      const files = await (await caches.open(name)).matchAll();
      const sizes = await Promise.all(files.map(async (file) => (await file.blob()).size));
      return { what: 'offline copy' as const, name, bytes: sizes.reduce((sum, size) => sum + size, 0) };
    }),
  );
}

async function settings(): Promise<StoredItem[]> {
  const names = Object.keys(localStorage).filter((name) => name.startsWith(OURS));
  return names.map((name) => ({
    what: 'setting',
    name,
    bytes: 2 * (name.length + (localStorage.getItem(name)?.length ?? 0)),
  }));
}

function removeDatabase(name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.deleteDatabase(name);
    request.onsuccess = () => resolve();
    request.onerror = () => reject(request.error ?? new Error('the browser refused'));
    request.onblocked = () =>
      reject(new Error('another tab of this site has it open; close that tab and clear again'));
  });
}

async function unregister(site: string): Promise<void> {
  const registration = await navigator.serviceWorker?.getRegistration(site);
  await registration?.unregister();
}
