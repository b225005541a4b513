/**
 * The page's side of the service worker: asks for a copy of the site when nothing else is to be done, says when a new
 * build is there, and never reloads by itself. Without service workers the site works as it is, online.
 */
import { BUILD, shelfOf } from '../base/build.ts';
import { workerAddress } from '../base/trusted.ts';
import type { Word } from '../service-worker/site.ts';

/** After the page has loaded: time for the model and the trainer, which the visitor waits for. */
const REST_MS = 3000;

/** Whether this copy of the site works without a network, and if not, why. */
export type Copy = 'unknown' | 'none' | 'coming' | 'kept' | 'failed' | 'spared' | 'unsupported';

class Offline {
  copy = $state<Copy>('unknown');
  /** A build newer than this page is ready. */
  newer = $state(false);
  /** Another build answers this page's requests by now; a link must load its page anew. */
  strayed = $state(false);
  #registration: ServiceWorkerRegistration | null = null;
  #site = '';

  /** Once, by the layout. `site` is the absolute address of the site's root. */
  start(site: string): void {
    this.#site = site;
    if (!('serviceWorker' in navigator)) {
      this.copy = 'unsupported';
      return;
    }
    // Held as long as the page lives: it keeps the files of this page's build from being thrown away.
    void navigator.locks?.request(
      shelfOf(site, BUILD),
      { mode: 'shared' },
      () => new Promise(() => undefined),
    );
    navigator.serviceWorker.addEventListener('controllerchange', () => void this.#askBuild());
    void this.#askBuild();
    void this.#whenAtRest();
  }

  /** Makes the copy now, because the visitor asks for it. */
  async keep(): Promise<void> {
    this.copy = 'coming';
    try {
      const address = workerAddress(new URL('service-worker.js', this.#site));
      this.#watch(await navigator.serviceWorker.register(address, { updateViaCache: 'none' }));
    } catch {
      this.copy = 'failed';
    }
  }

  /** Goes over to the new build: the visitor pressed Reload. */
  reload(): void {
    const waiting = this.#registration?.waiting;
    if (!waiting) return location.reload();
    waiting.addEventListener('statechange', () => {
      if (waiting.state === 'activated') location.reload();
    });
    tell(waiting, { kind: 'take over' });
  }

  async #whenAtRest(): Promise<void> {
    const there = await navigator.serviceWorker.getRegistration(this.#site).catch(() => undefined);
    if (there) this.#watch(there);
    else this.copy = 'none';
    await atRest();
    if (!there && savesData()) this.copy = 'spared';
    else await this.keep();
    const { controller } = navigator.serviceWorker;
    if (controller && !this.strayed) tell(controller, { kind: 'tidy' });
  }

  #watch(registration: ServiceWorkerRegistration): void {
    if (this.#registration === registration) return this.#look();
    this.#registration = registration;
    registration.addEventListener('updatefound', () => {
      registration.installing?.addEventListener('statechange', () => this.#look());
      this.#look();
    });
    registration.installing?.addEventListener('statechange', () => this.#look());
    registration.active?.addEventListener('statechange', () => this.#look());
    this.#look();
  }

  #look(): void {
    const { active, waiting, installing } = this.#registration ?? {};
    if (active) this.copy = 'kept';
    else if (waiting ?? installing) this.copy = 'coming';
    else this.copy = 'failed';
    if (active && waiting) this.newer = true;
  }

  async #askBuild(): Promise<void> {
    const { controller } = navigator.serviceWorker;
    if (!controller) return;
    const { port1, port2 } = new MessageChannel();
    const answer = new Promise<unknown>((resolve) => (port1.onmessage = ({ data }) => resolve(data)));
    tell(controller, { kind: 'which build' }, [port2]);
    if ((await answer) === BUILD) return;
    this.strayed = true;
    this.newer = true;
  }
}

function tell(worker: ServiceWorker, word: Word, ports: MessagePort[] = []): void {
  worker.postMessage(word, ports);
}

/** The page has loaded, has had its time, and the browser has nothing to do. */
async function atRest(): Promise<void> {
  if (document.readyState !== 'complete') {
    await new Promise((resolve) => addEventListener('load', resolve, { once: true }));
  }
  await new Promise((resolve) => setTimeout(resolve, REST_MS));
  if ('requestIdleCallback' in globalThis) await new Promise((resolve) => requestIdleCallback(resolve));
}

/** The visitor asked the browser to load little. */
function savesData(): boolean {
  const { connection } = navigator as { connection?: { saveData?: boolean } };
  return connection?.saveData === true;
}

export const offline = new Offline();
