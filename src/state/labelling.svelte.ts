/** Which pair is shown, what the visitor said about each, and what the oracle was asked to label. One writer: the Lab. */
import { stream } from '../base/random.ts';
import type { Choice, Label, PairReference } from '../labelers/labeler.ts';
import type { FirstPicture } from '../recipes/views.ts';
import { MOST_AUTOMATIC } from './settings.svelte.ts';

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

export interface Judged {
  shown: ShownPair;
  choice: Choice | 'skip';
}

export type PairSource = 'stock' | 'policy';

/** Sides are shuffled by a stream of their own: the same pair always lies the same way round. */
function swappedAt(index: number): boolean {
  return stream(0, 'sides', index).uniform() < 0.5;
}

export function textOn(side: Side, shown: ShownPair): string {
  return (side === 'left') === shown.swapped ? shown.b : shown.a;
}

/** The side of the screen that a choice picked; null for the undecided ones. */
export function sideOf({ shown, choice }: Judged): Side | null {
  if (choice !== 'a' && choice !== 'b') return null;
  return (choice === 'a') === shown.swapped ? 'right' : 'left';
}

export function choiceFor(answer: Answer, shown: ShownPair): Judged['choice'] {
  if (answer !== 'left' && answer !== 'right') return answer;
  return (answer === 'left') === shown.swapped ? 'b' : 'a';
}

export class Labelling {
  log = $state.raw<readonly Judged[]>([]);
  /** Null while the next pair is being made. */
  current = $state.raw<ShownPair | null>(null);
  source = $state<PairSource>('stock');
  rule = $state('positive');
  noise = $state(0);
  automatic = $state(0);
  /** For those who listen instead of looking. */
  announcement = $state('');

  /** Pairs that were put back by Undo; they come again before new ones. */
  #waiting: ShownPair[] = [];
  #next = 0;

  readonly labels: readonly Label[] = $derived(
    this.log.flatMap(({ shown, choice }) =>
      choice === 'skip' ? [] : [{ pair: shown.reference, choice, source: 'human' }],
    ),
  );
  readonly decided: number = $derived(
    this.log.filter(({ choice }) => choice === 'a' || choice === 'b').length,
  );
  /** Nothing to learn from: no decided label, and none by the oracle. */
  readonly empty: boolean = $derived(this.decided + this.automatic === 0);

  constructor({ pair }: FirstPicture) {
    const { seed, index, prompt, promptText, a, b } = pair;
    this.show({
      reference: { kind: 'stock', seed, index, split: 'train' },
      prompt,
      promptText,
      a: a.text,
      b: b.text,
    });
  }

  /** Number of the next new pair. */
  get next(): number {
    return this.#next;
  }

  show(pair: Pair): void {
    const index = this.#next++;
    this.current = { ...pair, index, swapped: swappedAt(index) };
  }

  /** Records the answer to the current pair; true if a pair that was put back is shown now. */
  record(answer: Answer): boolean {
    const shown = this.current;
    if (!shown) return false;
    this.log = [...this.log, { shown, choice: choiceFor(answer, shown) }];
    this.current = this.#waiting.pop() ?? null;
    return this.current !== null;
  }

  /** Takes the last answer back and shows its pair again. */
  undo(): boolean {
    const last = this.log.at(-1);
    if (!last) return false;
    if (this.current) this.#waiting.push(this.current);
    this.log = this.log.slice(0, -1);
    this.current = last.shown;
    return true;
  }

  change(index: number, choice: Judged['choice']): void {
    this.log = this.log.map((judged) => (judged.shown.index === index ? { ...judged, choice } : judged));
  }

  remove(index: number): void {
    this.log = this.log.filter(({ shown }) => shown.index !== index);
  }

  addAutomatic(pairs: number): void {
    this.automatic = Math.min(MOST_AUTOMATIC, this.automatic + pairs);
  }
}
