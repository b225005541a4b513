/**
 * How a visitor looks at Labs: where the panes meet, and the ranking's axis. Of a browser, not of a project: it is there before the
 * database is, so that nothing jumps. One writer: this class.
 */
import { createContext, untrack } from 'svelte';

const KEY = 'swayground-view';

/** Each with what it is when nobody has chosen, and the least and most that it can be. */
const SHARES = {
  /** Of the width, the left and the right column. */
  left: [0.35, 0.2, 0.45],
  right: [0.31, 0.2, 0.45],
  /** Of the height, the upper panes. */
  upper: [0.6, 0.2, 0.8],
} as const;
export type Share = keyof typeof SHARES;

export class Viewing {
  readonly shares = $state({ left: SHARES.left[0], right: SHARES.right[0], upper: SHARES.upper[0] } as Record<
    Share,
    number
  >);
  axis = $state<'linear' | 'log'>('linear');

  /** Takes up what was chosen before. Called in the page, after it was drawn for the first time. */
  wake(): void {
    let kept: unknown;
    try {
      kept = JSON.parse(localStorage.getItem(KEY) ?? '{}');
    } catch {
      return; // without storage, or with something else in it, the choice is as if there were none
    }
    const { axis, ...shares } = Object(kept) as Record<string, unknown>;
    if (axis === 'log') this.axis = axis;
    for (const name of Object.keys(SHARES) as Share[])
      if (typeof shares[name] === 'number') this.shares[name] = within(name, shares[name]);
  }

  limits(name: Share): { least: number; most: number } {
    const [, least, most] = SHARES[name];
    return { least, most };
  }

  /** A share of nothing: as it is when nobody has chosen. */
  share(name: Share, value: number = SHARES[name][0]): void {
    this.shares[name] = within(name, value);
    this.#keep();
  }

  by(axis: 'linear' | 'log'): void {
    this.axis = axis;
    this.#keep();
  }

  #keep(): void {
    try {
      localStorage.setItem(
        KEY,
        untrack(() => JSON.stringify({ ...this.shares, axis: this.axis })),
      );
    } catch {
      // Without storage the choice lasts as long as the page.
    }
  }
}

function within(name: Share, value: number): number {
  const [first, least, most] = SHARES[name];
  return Number.isFinite(value) ? Math.min(most, Math.max(least, value)) : first;
}

export const [useViewing, provideViewing] = createContext<Viewing>();
