/**
 * Which build of the site this code is of, and the names under which that build keeps things in the browser. Several
 * copies of the site can share an origin (`/a/`, `/b/`), so every name carries the path that the copy lies under.
 */
declare const __SWAYGROUND_BUILD__: string | undefined;

/** Set by vite.config.ts from the contents of all sources; `unbuilt` in Node and in tests. */
export const BUILD = typeof __SWAYGROUND_BUILD__ === 'string' ? __SWAYGROUND_BUILD__ : 'unbuilt';

/** `site` is the absolute address of the site's root. The blank at the end keeps `/a/` apart from `/a/b/`. */
const prefix = (site: string): string => `swayground-site ${new URL(site).pathname} `;

/** The cache that holds all files of a build; also the name of the lock that every page of that build holds. */
export const shelfOf = (site: string, build: string): string => prefix(site) + build;

export const isShelf = (site: string, name: string): boolean => name.startsWith(prefix(site));

/** The address of a file whose name has no hash, so that no cache takes an older build's file for it. */
export function ofThisBuild(address: URL): URL {
  const own = new URL(address);
  own.searchParams.set('v', BUILD);
  return own;
}
