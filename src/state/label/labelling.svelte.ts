/** Which pair is shown, and which come again: the log of what was said, with a pair in hand. One writer: the Lab. */
import type { FirstPicture } from '../../runs/views.ts';
import type { LabelAct, StoredEvent } from '../../storage/events.ts';
import { LabelLog, type PairSource } from './label-log.svelte.ts';
import { choiceFor, shownAt, type Answer, type Pair, type ShownPair } from './shown-pair.ts';

export class Labelling extends LabelLog {
  /** Null while the next pair is being made. */
  current = $state.raw<ShownPair | null>(null);
  /** For those who listen instead of looking. */
  announcement = $state('');

  /** Shown here and not answered yet; or put back by Undo. They come again before new ones. */
  #waiting: ShownPair[] = [];
  #next = 0;

  constructor({ pair }: FirstPicture, stock: LabelLog['stock']) {
    super(stock);
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
    this.know(pair);
    this.current = shownAt(this.#next++, pair);
  }

  /** That many pairs that nobody has seen: their numbers are used up, whatever comes of them. Returns the first. */
  reserve(count: number): number {
    const first = this.#next;
    this.#next += count;
    return first;
  }

  // What the visitor does

  /** Records the answer to the current pair; true if a pair that was put back is shown now. */
  record(answer: Answer): boolean {
    const shown = this.current;
    if (!shown) return false;
    const { index, reference } = shown;
    const choice = choiceFor(answer, shown);
    this.act({ kind: 'judged', index, pair: reference, choice, source: 'human' });
    this.current = this.#waiting.pop() ?? null;
    return this.current !== null;
  }

  /** Takes the last answer back and shows its pair again. */
  undo(): boolean {
    const last = this.lastOwn;
    if (!last) return false;
    if (this.current) this.#waiting.push(this.current);
    this.act({ kind: 'removed', targets: [last.id], again: true });
    this.current = last.shown;
    return true;
  }

  setSource(source: PairSource): void {
    this.current = null;
    this.act({ kind: 'source', source });
  }

  // What comes from elsewhere

  /** Another log in place of this one; what was said here before is not part of it. True if another pair is to be made. */
  begin(events: readonly StoredEvent[]): boolean {
    this.clear();
    this.#waiting = [];
    this.#next = 0;
    return this.#resume(events);
  }

  /** Another log in place of this one, as acts of this tab; they come with no keeper. True if another pair is to be made. */
  beginWith(acts: readonly LabelAct[]): boolean {
    return this.begin(this.eventsOf(acts));
  }

  /** What was kept before this page was opened, beside what was said on it already. True if another pair is to be made. */
  returned(events: readonly StoredEvent[]): boolean {
    if (this.events.length === 0) return this.#resume(events);
    this.merge(events);
    this.#passNumbersUsed();
    return false;
  }

  /** What another tab says; true if it is news. */
  heard(events: readonly StoredEvent[]): boolean {
    const news = this.mergeOthers(events);
    this.#passNumbersUsed();
    return news.length > 0;
  }

  #passNumbersUsed(): void {
    this.#next = Math.max(this.#next, this.folded.next);
  }

  /** Goes on where a log ends; true if another pair is to be made. */
  #resume(events: readonly StoredEvent[]): boolean {
    this.merge(events);
    this.#passNumbersUsed();
    const { putBack, next } = this.folded;
    this.#waiting = putBack.flatMap(({ index, pair }) => {
      const read = this.pairOf(pair);
      return read ? [shownAt(index, read)] : [];
    });
    const again = this.#waiting.pop();
    if (again) this.current = again;
    else if (this.current && this.current.index >= next)
      this.#next = Math.max(this.#next, this.current.index + 1);
    else this.current = null;
    return this.current === null;
  }
}
