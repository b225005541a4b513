/**
 * A shelf is a cache with all files of one build, each proven by its SHA-256. Two builds never share one, and what is on
 * a shelf never changes.
 */
import { isShelf, shelfOf } from '../base/build.ts';
import type { Site, SiteFile } from './site.ts';

/** Few, so that a first visit keeps most of its connection. */
const FETCHES_AT_ONCE = 4;

async function hashOf(response: Response): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', await response.arrayBuffer());
  return btoa(String.fromCharCode(...new Uint8Array(digest)));
}

/** The address by which pages ask for a file: the base models by build, all others by their names. */
function addressOf(path: string, root: string, build: string): string {
  const address = new URL(path, root);
  if (path.startsWith('models/')) address.searchParams.set('v', build);
  return address.href;
}

/** The file from the network, or a rejection when the server has another one under that name. */
async function download({ path, sha256 }: SiteFile, root: string, build: string): Promise<Response> {
  const address = addressOf(path, root, build);
  const integrity = `sha256-${sha256}`;
  const get = (cache: RequestCache) => fetch(address, { integrity, cache, priority: 'low' });
  // What the page has just loaded is in the browser's own cache; what lies there from an older build fails the check.
  const response = await get('default').catch(() => get('reload'));
  if (!response.ok) throw new TypeError(`${address} answered ${response.status}.`);
  return response;
}

/** Stored without what a host adds: a response that was redirected may not answer a navigation. */
async function plain(response: Response): Promise<Response> {
  const type = response.headers.get('content-type');
  return new Response(
    await response.arrayBuffer(),
    type === null ? {} : { headers: { 'content-type': type } },
  );
}

async function shelves(root: string): Promise<string[]> {
  return (await caches.keys()).filter((name) => isShelf(root, name));
}

/** The same bytes from any shelf, so that an update fetches only what it changed. */
async function copyOf({ path, sha256 }: SiteFile, root: string): Promise<Response | null> {
  for (const name of await shelves(root)) {
    const kept = await (await caches.open(name)).match(new URL(path, root).href);
    if (kept && (await hashOf(kept.clone())) === sha256) return kept;
  }
  return null;
}

/** Puts every file of the build on its shelf; rejects, and so the build is not installed, when one cannot be had. */
export async function fillShelf({ build, files, whenUsed }: Site, root: string): Promise<void> {
  const name = shelfOf(root, build);
  const shelf = await caches.open(name);
  const waiting = [...files];
  const hand = async (): Promise<void> => {
    for (let file = waiting.shift(); file; file = waiting.shift()) {
      const response = (await copyOf(file, root)) ?? (await plain(await download(file, root, build)));
      await shelf.put(new URL(file.path, root).href, response);
    }
  };
  await Promise.all(Array.from({ length: FETCHES_AT_ONCE }, hand));
  for (const file of whenUsed) {
    const used = await copyOf(file, root);
    if (used) await shelf.put(new URL(file.path, root).href, used);
  }
  const there = new Set((await (await caches.open(name)).keys()).map(({ url }) => url));
  const missing = files.filter(({ path }) => !there.has(new URL(path, root).href));
  if (missing.length) throw new TypeError(`${missing.length} files were thrown away while others came in.`);
}

/**
 * Throws away shelves of builds that no page is of: every page holds a lock with the name of its shelf, which the browser
 * takes back when the page goes. A browser without Web Locks cannot tell, and keeps them.
 */
export async function tidy({ build }: Site, root: string): Promise<void> {
  const { locks } = navigator as Partial<Navigator>;
  if (!locks) return;
  const { held = [] } = await locks.query();
  const alive = new Set([shelfOf(root, build), ...held.map(({ name }) => name)]);
  for (const name of await shelves(root)) if (!alive.has(name)) await caches.delete(name);
}
