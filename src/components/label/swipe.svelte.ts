/**
 * A finger on one of the two cards: the card follows it sideways, and choosing it takes a third of its width or a quick
 * flick, to either side. Anything else (a vertical drag, which scrolls; a second finger; a gesture that the browser takes
 * over) puts the card back. Mice and pens keep selecting text.
 */
import { createSubscriber } from 'svelte/reactivity';
import { on } from 'svelte/events';
import type { Side } from '../../state/label/shown-pair.ts';

/** Pixels that a finger may tremble before a drag has a direction. */
const SLOP = 10;
/** Of the card's width, and at most so many pixels. */
const FAR = { share: 0.3, pixels: 120 };
/** Pixels a millisecond over the last stretch of the drag, which must have come some way. */
const FLICK = { speed: 0.5, pixels: 40, stretch: 100 };

interface Finger {
  id: number;
  side: Side;
  /** The pair that was shown when the finger came down: another one is not chosen by it. */
  pair: object;
  width: number;
  x: number;
  y: number;
  /** The last places, oldest first. */
  trail: { x: number; at: number }[];
}

export interface SwipeUse {
  /** What lies on the cards; null when there is nothing to choose from. */
  pair: () => object | null;
  choose: (side: Side) => void;
}

export class Swipe {
  /** The card that follows a finger, how far it is from its place, px, and whether letting go chooses it. */
  held = $state.raw<{ side: Side; moved: number; far: boolean } | null>(null);
  /** The card that was let go and goes back to its place. */
  back = $state<Side | null>(null);

  #finger: Finger | null = null;
  readonly #onZoom = createSubscriber((update) => {
    const view = globalThis.visualViewport;
    return view ? on(view, 'resize', update) : undefined;
  });

  constructor(private readonly use: SwipeUse) {}

  /** Under a page that two fingers have magnified, a drag moves the window over it, from the cards too. */
  get magnified(): boolean {
    this.#onZoom();
    return (globalThis.visualViewport?.scale ?? 1) > 1.01;
  }

  /** For the card of a side: `{@attach swipe.card('left')}`. */
  card = (side: Side) => (element: HTMLElement) => {
    const stop = [
      on(element, 'pointerdown', (event) => this.#down(side, element.offsetWidth, event)),
      on(element, 'pointermove', (event) => this.#move(event)),
      on(element, 'pointerup', (event) => this.#up(event)),
      on(element, 'pointercancel', (event) => this.#cancel(event)),
      on(window, 'pointerdown', (event) => this.#other(event)),
    ];
    return () => stop.forEach((off) => off());
  };

  #down(
    side: Side,
    width: number,
    { pointerType, pointerId, isPrimary, clientX, clientY, timeStamp }: PointerEvent,
  ): void {
    if (pointerType !== 'touch') return;
    const pair = this.use.pair();
    if (!isPrimary || pair === null || this.magnified) return this.#drop();
    this.back = null;
    const trail = [{ x: clientX, at: timeStamp }];
    this.#finger = { id: pointerId, side, pair, width, x: clientX, y: clientY, trail };
  }

  #move({ pointerId, clientX, clientY, timeStamp }: PointerEvent): void {
    const finger = this.#finger;
    if (finger?.id !== pointerId) return;
    const [dx, dy] = [clientX - finger.x, clientY - finger.y];
    if (this.use.pair() !== finger.pair) return this.#drop();
    if (this.held === null) {
      if (Math.max(Math.abs(dx), Math.abs(dy)) < SLOP) return;
      if (Math.abs(dy) >= Math.abs(dx)) return this.#drop();
    }
    finger.trail = [
      ...finger.trail.filter(({ at }) => timeStamp - at <= FLICK.stretch),
      { x: clientX, at: timeStamp },
    ];
    const far = Math.abs(dx) >= Math.min(FAR.pixels, FAR.share * finger.width);
    this.held = { side: finger.side, moved: dx, far };
  }

  #up(event: PointerEvent): void {
    const finger = this.#finger;
    if (finger?.id !== event.pointerId) return;
    this.#move(event);
    const { held } = this;
    if (!held || !(held.far || flicked(finger, held.moved))) return this.#drop();
    // the next pair lies on the cards at once: nothing moves back
    this.#finger = null;
    this.held = null;
    this.use.choose(finger.side);
  }

  #cancel({ pointerId }: PointerEvent): void {
    if (this.#finger?.id === pointerId) this.#drop();
  }

  /** A second finger, wherever it comes down, means another gesture. */
  #other({ pointerId }: PointerEvent): void {
    if (this.#finger && this.#finger.id !== pointerId) this.#drop();
  }

  #drop(): void {
    this.#finger = null;
    if (this.held) this.back = this.held.side;
    this.held = null;
  }
}

function flicked({ trail }: Finger, moved: number): boolean {
  const [first, last] = [trail[0], trail.at(-1)];
  if (!first || !last || last.at === first.at || Math.abs(moved) < FLICK.pixels) return false;
  const speed = (last.x - first.x) / (last.at - first.at);
  return Math.abs(speed) >= FLICK.speed && Math.sign(speed) === Math.sign(moved);
}
