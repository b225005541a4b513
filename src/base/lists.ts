/** Small things about lists and values that many files want. */

/** `count` whole numbers from `first` on. */
export const range = (first: number, count: number): number[] =>
  Array.from({ length: count }, (_, i) => first + i);

/** A value that is made at its first use. */
export function once<T>(make: () => T): () => T {
  let made: { value: T } | null = null;
  return () => (made ??= { value: make() }).value;
}
