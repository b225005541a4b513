/**
 * Calls back once what was drawn has been painted, in a task of its own: so that much that is drawn at once holds up nobody.
 * Returns what takes the call back.
 */
export function afterPaint(then: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const frame = requestAnimationFrame(() => (timer = setTimeout(then)));
  return () => {
    cancelAnimationFrame(frame);
    clearTimeout(timer);
  };
}
