/** When to draw what comes quicker than it can be seen: the first at once, all that follows together, a few times a second. */

/** Between two draws, in milliseconds. */
const APART = 100;
/** ... in a tab that nobody sees. */
const HIDDEN = 1000;

/** What browsers offer; a test brings its own. */
export interface FrameClock {
  now(): number;
  isHidden(): boolean;
  after(ms: number, then: () => void): void;
  /** Before the next picture. */
  frame(then: () => void): void;
}

const PAGE: FrameClock = {
  now: () => performance.now(),
  isHidden: () => document.visibilityState === 'hidden',
  after: (ms, then) => void setTimeout(then, ms),
  frame: (then) => void requestAnimationFrame(then),
};

export class Frames {
  #isAsked = false;
  #last = -Infinity;

  constructor(
    private readonly draw: () => void,
    private readonly clock = PAGE,
  ) {}

  /** Something has come that is to be drawn. */
  ask(): void {
    if (this.#isAsked) return;
    this.#isAsked = true;
    const { clock } = this;
    if (clock.isHidden()) return clock.after(HIDDEN, () => this.#due());
    clock.after(Math.max(0, this.#last + APART - clock.now()), () => clock.frame(() => this.#due()));
  }

  #due(): void {
    if (this.#isAsked) this.now();
  }

  /** Draws without waiting: what has come has an end. */
  now(): void {
    this.#isAsked = false;
    this.#last = this.clock.now();
    this.draw();
  }
}
