/**
 * What a page has begun goes on while other pages of the site are read: its state is made at the first visit and found again at
 * the next. Only closing the tab ends it, and the browser asks before that.
 */
const states: Record<string, unknown> = {};

/** `loses` says whether closing the tab now would lose something that was made. When the site is built nothing is kept. */
export function tabState<T>(name: string, make: () => T, loses: (state: T) => boolean): T {
  if (typeof window === 'undefined') return make();
  if (!Object.hasOwn(states, name)) {
    // a root of its own, or what is derived in it would end with the page that made it
    $effect.root(() => {
      states[name] = make();
    });
    addEventListener('beforeunload', (event) => {
      if (loses(states[name] as T)) event.preventDefault();
    });
  }
  return states[name] as T;
}
