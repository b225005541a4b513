/** A heap of keys whose counts change: the key with the highest count comes first, of equal ones the lowest key. */
export interface Heap {
  /** Puts a key in with its count of now; it may be in already. */
  push(key: number): void;
  /** The first key that still has the count that it was put in with; null when there is none. */
  pop(): number | null;
}

interface Entry {
  key: number;
  count: number;
}

export function createHeap(countOf: (key: number) => number): Heap {
  const entries: Entry[] = [];
  const first = (a: Entry, b: Entry): boolean => a.count > b.count || (a.count === b.count && a.key < b.key);

  const swap = (i: number, j: number): void => {
    [entries[i], entries[j]] = [entries[j] as Entry, entries[i] as Entry];
  };
  const up = (from: number): void => {
    for (let i = from; i > 0;) {
      const parent = (i - 1) >> 1;
      if (!first(entries[i] as Entry, entries[parent] as Entry)) return;
      swap(i, parent);
      i = parent;
    }
  };
  const down = (): void => {
    for (let i = 0; ;) {
      let best = i;
      for (const child of [2 * i + 1, 2 * i + 2]) {
        if (child < entries.length && first(entries[child] as Entry, entries[best] as Entry)) best = child;
      }
      if (best === i) return;
      swap(i, best);
      i = best;
    }
  };

  return {
    push: (key) => {
      const count = countOf(key);
      if (count <= 0) return;
      entries.push({ key, count });
      up(entries.length - 1);
    },
    pop: () => {
      for (;;) {
        const top = entries[0];
        if (!top) return null;
        const last = entries.pop() as Entry;
        if (entries.length > 0) {
          entries[0] = last;
          down();
        }
        if (countOf(top.key) === top.count) return top.key;
      }
    },
  };
}
