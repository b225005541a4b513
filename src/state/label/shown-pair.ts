/** A pair as somebody labels it: which side of the screen each response is on, and what an answer says of the pair. */
import { stream } from '../../base/random.ts';
import type { PairReference } from '../../labelers/labeler.ts';
import { pairOf } from '../../labelers/pairs.ts';
import type { Answered } from '../../storage/events.ts';
import type { World } from '../../worlds/world.ts';

/** A pair as the world or the policy made it: `a` and `b` are the pair's own names, not sides of the screen. */
export interface Pair {
  reference: PairReference;
  /** The prompt's id. */
  prompt: string;
  promptText: string;
  a: string;
  b: string;
}

export interface ShownPair extends Pair {
  /** Counts from 0 in the order in which pairs are shown. */
  index: number;
  /** Whether `b` stands on the left. */
  swapped: boolean;
}

export type Side = 'left' | 'right';
export type Answer = Side | 'tie' | 'both_bad' | 'skip';

/** Null for what this world can't say: labels that came from elsewhere are no mistake of the program. */
export function readPair(world: World, reference: PairReference): Pair | null {
  try {
    const { prompt, a, b } = pairOf(world, reference);
    const [first, second] = [world.decode(a), world.decode(b)];
    return { reference, prompt: prompt.id, promptText: prompt.text, a: first, b: second };
  } catch {
    return null;
  }
}

/** Sides are shuffled by a stream of their own: the same pair always lies the same way round. */
export function shownAt(index: number, pair: Pair): ShownPair {
  return { ...pair, index, swapped: stream(0, 'sides', index).uniform() < 0.5 };
}

export function textOn(side: Side, shown: ShownPair): string {
  return (side === 'left') === shown.swapped ? shown.b : shown.a;
}

/** The side of the screen that a choice picked; null for the undecided ones. */
export function sideOf({ shown, choice }: { shown: ShownPair; choice: Answered }): Side | null {
  if (choice !== 'a' && choice !== 'b') return null;
  return (choice === 'a') === shown.swapped ? 'right' : 'left';
}

export function choiceFor(answer: Answer, shown: ShownPair): Answered {
  if (answer !== 'left' && answer !== 'right') return answer;
  return (answer === 'left') === shown.swapped ? 'b' : 'a';
}
