/** Sameness of plain values: the one place that decides it. */

/** Whether two values are the same JSON: by content, whatever the order of keys; a key without a value is no key. */
export function sameValue(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return Object.is(a, b);
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((one, i) => sameValue(one, b[i]));
  const [ours, theirs] = [entriesOf(a), entriesOf(b)];
  if (ours.length !== theirs.length) return false;
  const known = new Map(theirs);
  return ours.every(([key, one]) => known.has(key) && sameValue(one, known.get(key)));
}

const entriesOf = (value: object): [string, unknown][] =>
  Object.entries(value).filter(([, one]) => one !== undefined);
