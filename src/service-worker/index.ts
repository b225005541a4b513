/**
 * The service worker: the site without a network, and every page with the files of its own build. A new build is put on a
 * shelf of its own and waits until the last page of the old one is gone, or until a visitor asks for it.
 */
import { answer } from './answer.ts';
import { fillShelf, tidy } from './shelf.ts';
import type { Word, Site } from './site.ts';

// TypeScript cannot see a window's and a service worker's world in one program; this is what is used of the latter.
interface Lasting extends Event {
  waitUntil(work: Promise<unknown>): void;
}
interface Asked extends Event {
  request: Request;
  respondWith(response: Promise<Response>): void;
}
interface MessageReceived extends Lasting {
  data: Word;
  ports: readonly MessagePort[];
}
interface Scope {
  SITE: Site;
  registration: { installing: unknown; waiting: unknown };
  clients: { claim(): Promise<void> };
  skipWaiting(): Promise<void>;
  addEventListener(type: 'install' | 'activate', listener: (event: Lasting) => void): void;
  addEventListener(type: 'fetch', listener: (event: Asked) => void): void;
  addEventListener(type: 'message', listener: (event: MessageReceived) => void): void;
}

const scope = globalThis as unknown as Scope;
const site = scope.SITE;
const root = new URL('./', location.href).href;

scope.addEventListener('install', (event) => event.waitUntil(fillShelf(site, root)));
scope.addEventListener('activate', (event) => event.waitUntil(scope.clients.claim()));

scope.addEventListener('fetch', (event) => {
  const { method, url } = event.request;
  if (method === 'GET' && url.startsWith(root)) event.respondWith(answer(site, root, event.request));
});

const replies: Record<Word['kind'], (event: MessageReceived) => unknown> = {
  'take over': () => scope.skipWaiting(),
  // While another build comes in, its shelf has no page yet.
  tidy: () => !scope.registration.installing && !scope.registration.waiting && tidy(site, root),
  'which build': ({ ports }) => ports[0]?.postMessage(site.build),
};

scope.addEventListener('message', (event) =>
  event.waitUntil(Promise.resolve(replies[event.data.kind](event))),
);
