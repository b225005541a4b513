/** What a page gets for a request: the file of the build that the page is of, from its shelf. */
import { shelfOf } from '../base/build.ts';
import type { Site, SiteFile } from './site.ts';

const INDEX = /(^|\/)index\.html$/;

async function onShelf(name: string, address: string): Promise<Response | undefined> {
  return (await caches.has(name)) ? (await caches.open(name)).match(address) : undefined;
}

/**
 * Navigations get this worker's build. A file with a hash in its name is of the build that asks for it, whatever build
 * that is; a file without one is asked for by build (`?v=`). So an old page goes on with its own files.
 */
export async function answer(site: Site, root: string, request: Request): Promise<Response> {
  const url = new URL(request.url);
  const path = decodeURIComponent(url.href.slice(root.length).replace(/[?#].*/s, '')).replace(INDEX, '$1');
  const page = request.mode === 'navigate';
  if (page && site.files.some((file) => file.path === `${path}/`)) {
    return Response.redirect(`${root}${path}/${url.search}`);
  }

  const address = new URL(path, root).href;
  const build = (page ? null : url.searchParams.get('v')) ?? site.build;
  const kept = await onShelf(shelfOf(root, build), address);
  if (kept) return kept;

  const own = build === site.build ? site.files.find((file) => file.path === path) : undefined;
  if (page) return fetch(request);
  // The browser has dropped the file: the network may give it back, but nothing else in its place.
  if (own) return fetch(request.url, { integrity: `sha256-${own.sha256}` });
  const used = site.whenUsed.find((file) => file.path === path);
  return (await caches.match(address)) ?? (used ? keepUsed(site, root, used) : fetch(request));
}

/** From the network once, then from the shelf; a browser that has no room for it still gets the file. */
async function keepUsed({ build }: Site, root: string, { path, sha256 }: SiteFile): Promise<Response> {
  const address = new URL(path, root).href;
  const response = await fetch(address, { integrity: `sha256-${sha256}` });
  if (response.ok) {
    const shelf = await caches.open(shelfOf(root, build));
    await shelf.put(address, response.clone()).catch(() => undefined);
  }
  return response;
}
