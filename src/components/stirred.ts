/** Of a page on which nobody has moved anything yet. */
const STILL_MS = 8000;
const STIRS = ['pointermove', 'pointerdown', 'keydown', 'wheel', 'touchstart', 'focusin'] as const;

/**
 * Calls once, when the visitor first does anything, or a while has passed without that: for what is in view from the first, and not
 * what a visit begins with. Returns what takes the call back.
 */
export function whenStirred(then: () => void): () => void {
  const ended = new AbortController();
  const stirred = (): void => {
    stop();
    then();
  };
  const timer = setTimeout(stirred, STILL_MS);
  const stop = (): void => {
    clearTimeout(timer);
    ended.abort();
  };
  for (const name of STIRS) addEventListener(name, stirred, { passive: true, signal: ended.signal });
  return stop;
}
