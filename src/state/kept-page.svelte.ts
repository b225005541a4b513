/**
 * What a page has begun goes on while other pages of the site are read: its state is made at the first visit and found again at
 * the next. Only closing the tab ends it, and the browser asks before that.
 */
const kept: Record<string, unknown> = {};

/** `loses` says whether closing the tab now would lose something that was made. When the site is built nothing is kept. */
export function keptPage<T>(name: string, make: () => T, loses: (state: T) => boolean): T {
  if (typeof window === 'undefined') return make();
  if (!Object.hasOwn(kept, name)) {
    // a root of its own, or what is derived in it would end with the page that made it
    $effect.root(() => {
      kept[name] = make();
    });
    addEventListener('beforeunload', (event) => {
      if (loses(kept[name] as T)) event.preventDefault();
    });
  }
  return kept[name] as T;
}
