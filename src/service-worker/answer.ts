/** What a page gets for a request: the file of the build that the page is of, from its shelf. */
import { shelfOf } from '../base/build.ts';
import type { Site } from './site.ts';

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
  return (await caches.match(address)) ?? fetch(request);
}
