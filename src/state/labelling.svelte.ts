/**
 * Which pair is shown, what was said about each, and what the oracle was asked to label: a fold over label events, so that
 * labels of several tabs and of earlier visits come together. One writer: the Lab.
 */
/* eslint-disable svelte/prefer-svelte-reactivity -- these maps are caches: nothing is drawn from them directly */
import { stream } from '../base/random.ts';
import type { Choice, Label, PairReference } from '../labelers/labeler.ts';
import { MOST_RECORDED } from '../recipes/parameters.ts';
import type { FirstPicture } from '../recipes/views.ts';
import {
  eventWriter,
  foldEvents,
  mergeEvents,
  type Answered,
  type EventWriter,
  type Judgement,
  type LabelAct,
  type LabelEvent,
  type Labels,
  type StoredEvent,
} from '../storage/events.ts';
import { newId } from './ids.ts';

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
  /** Of the event that said it. */
  id: string;
  shown: ShownPair;
  choice: Answered;
  /** A labeler's name. */
  source: string;
}

export type PairSource = 'stock' | 'policy';

/** The pair that a reference names; null where the world that is loaded has no such pair. */
export type PairReader = (reference: PairReference) => Pair | null;

/** Sides are shuffled by a stream of their own: the same pair always lies the same way round. */
function swappedAt(index: number): boolean {
  return stream(0, 'sides', index).uniform() < 0.5;
}

const shownAt = (index: number, pair: Pair): ShownPair => ({ ...pair, index, swapped: swappedAt(index) });

export function textOn(side: Side, shown: ShownPair): string {
  return (side === 'left') === shown.swapped ? shown.b : shown.a;
}

/** The side of the screen that a choice picked; null for the undecided ones. */
export function sideOf({ shown, choice }: Judged): Side | null {
  if (choice !== 'a' && choice !== 'b') return null;
  return (choice === 'a') === shown.swapped ? 'right' : 'left';
}

export function choiceFor(answer: Answer, shown: ShownPair): Answered {
  if (answer !== 'left' && answer !== 'right') return answer;
  return (answer === 'left') === shown.swapped ? 'b' : 'a';
}

export class Labelling {
  /** Null while the next pair is being made. */
  current = $state.raw<ShownPair | null>(null);
  /** For those who listen instead of looking. */
  announcement = $state('');
  /** Who keeps what is said here; without one it stays on the page. */
  keeper: ((events: readonly LabelEvent[]) => void) | null = null;
  /** This tab among those that write. */
  readonly tab = newId();

  #events = $state.raw<readonly StoredEvent[]>([]);
  #reader = $state.raw<PairReader | null>(null);
  #writer: EventWriter = eventWriter(this.tab);
  /** Shown here and not answered yet; or put back by Undo. They come again before new ones. */
  #waiting: ShownPair[] = [];
  #next = 0;
  /** Said in other tabs while this one was open: Undo here leaves them alone. */
  #others = new Set<string>();
  /** The pairs that were shown, and what was made of each judgement. */
  readonly #pairs = new Map<string, Pair>();
  #judged = new Map<string, Judged>();

  readonly #labels: Labels = $derived(foldEvents(this.#events));
  readonly log: readonly Judged[] = $derived(this.#judgedOf(this.#labels, this.#reader));
  readonly source: PairSource = $derived(this.#labels.source === 'policy' ? 'policy' : 'stock');
  readonly rule: string = $derived.by(() => this.#labels.rule ?? this.stock.rule);
  readonly noise: number = $derived(this.#labels.noise ?? 0);
  readonly automatic: number = $derived.by(() => Math.min(this.stock.most, this.#labels.automatic));
  readonly labels: readonly Label[] = $derived(
    this.log.flatMap(({ shown, choice, source }) =>
      choice === 'skip' ? [] : [{ pair: shown.reference, choice, source }],
    ),
  );
  /** Those that a run learns from; what comes after them is kept and exported. */
  readonly learned: readonly Label[] = $derived(
    this.labels.length > MOST_RECORDED ? this.labels.slice(0, MOST_RECORDED) : this.labels,
  );
  readonly decided: number = $derived(
    this.log.filter(({ choice }) => choice === 'a' || choice === 'b').length,
  );
  /** Nothing to learn from: no decided label, and none by the oracle. */
  readonly empty: boolean = $derived(this.decided + this.automatic === 0);

  constructor(
    { pair }: FirstPicture,
    /** The rule that is asked first, and most pairs that are labelled automatically. */
    readonly stock: { rule: string; most: number },
  ) {
    const { seed, index, prompt, promptText, a, b } = pair;
    this.show({
      reference: { kind: 'stock', seed, index, split: 'train' },
      prompt,
      promptText,
      a: a.text,
      b: b.text,
    });
  }

  /** All that was said, for a project to be made of it. */
  get events(): readonly StoredEvent[] {
    return this.#events;
  }

  /** Number of the next new pair. */
  get next(): number {
    return this.#next;
  }

  /** Once the world has loaded: labels of earlier visits can be shown. */
  readBy(reader: PairReader): void {
    this.#reader = reader;
  }

  show(pair: Pair): void {
    this.#pairs.set(JSON.stringify(pair.reference), pair);
    this.current = shownAt(this.#next++, pair);
  }

  // What the visitor does

  /** Records the answer to the current pair; true if a pair that was put back is shown now. */
  record(answer: Answer): boolean {
    const shown = this.current;
    if (!shown) return false;
    const { index, reference } = shown;
    const choice = choiceFor(answer, shown);
    this.#act({ kind: 'judged', index, pair: reference, choice, source: 'human' });
    this.current = this.#waiting.pop() ?? null;
    return this.current !== null;
  }

  /** Whether Undo has something to take back: what other tabs say meanwhile is theirs. */
  readonly canUndo: boolean = $derived(this.#lastOwn(this.log) !== undefined);

  /** That many pairs that nobody has seen: their numbers are used up, whatever comes of them. Returns the first. */
  reserve(count: number): number {
    const first = this.#next;
    this.#next += count;
    return first;
  }

  /** What somebody else than the visitor said of pairs that were not shown here. */
  recordFrom(source: string, said: readonly { index: number; pair: PairReference; choice: Choice }[]): void {
    const events = said.map((one) => this.#writer.next({ kind: 'judged', ...one, source }));
    this.#events = [...this.#events, ...events];
    this.keeper?.(events);
  }

  removeFrom(source: string): void {
    const targets = this.log.flatMap((judged) => (judged.source === source ? [judged.id] : []));
    if (targets.length > 0) this.#act({ kind: 'removed', targets, again: false });
  }

  /** Takes the last answer back and shows its pair again. */
  undo(): boolean {
    const last = this.#lastOwn(this.log);
    if (!last) return false;
    if (this.current) this.#waiting.push(this.current);
    this.#act({ kind: 'removed', targets: [last.id], again: true });
    this.current = last.shown;
    return true;
  }

  change(id: string, choice: Answered): void {
    this.#act({ kind: 'changed', target: id, choice });
  }

  remove(id: string): void {
    this.#act({ kind: 'removed', targets: [id], again: false });
  }

  addAutomatic(pairs: number): void {
    const add = Math.min(this.stock.most - this.automatic, pairs);
    if (add > 0) this.#act({ kind: 'automatic', add });
  }

  removeAutomatic(): void {
    const targets = this.#labels.automaticIds;
    if (targets.length > 0) this.#act({ kind: 'removed', targets, again: false });
  }

  setRule(rule: string): void {
    if (rule !== this.rule) this.#act({ kind: 'rule', rule });
  }

  setNoise(noise: number): void {
    if (noise !== this.noise) this.#act({ kind: 'noise', noise });
  }

  setSource(source: PairSource): void {
    this.current = null;
    this.#act({ kind: 'source', source });
  }

  #act(act: LabelAct): void {
    const event = this.#writer.next(act);
    this.#events = [...this.#events, event];
    this.keeper?.([event]);
  }

  // What comes from elsewhere

  /** Another log in place of this one; what was said here before is not part of it. True if another pair is to be made. */
  begin(events: readonly StoredEvent[]): boolean {
    this.#events = [];
    this.#others = new Set();
    this.#waiting = [];
    this.#next = 0;
    return this.#take(events, true);
  }

  /** Another log in place of this one, as acts of this tab; they come with no keeper. True if another pair is to be made. */
  beginWith(acts: readonly LabelAct[]): boolean {
    this.#writer = eventWriter(newId());
    return this.begin(acts.map((act) => this.#writer.next(act)));
  }

  /** What was kept before this page was opened, beside what was said on it already. True if another pair is to be made. */
  returned(events: readonly StoredEvent[]): boolean {
    return this.#take(events, this.#events.length === 0);
  }

  /** What another tab says; true if it is news. */
  heard(events: readonly StoredEvent[]): boolean {
    const known = new Set(this.#events.map(({ id }) => id));
    const news = events.filter(({ id }) => !known.has(id));
    for (const { id } of news) this.#others.add(id);
    this.#take(news, false);
    return news.length > 0;
  }

  #take(events: readonly StoredEvent[], anew: boolean): boolean {
    this.#writer.seen(events);
    this.#events = mergeEvents(this.#events, events);
    const { putBack, next } = this.#labels;
    this.#next = Math.max(this.#next, next);
    if (!anew) return false;
    this.#waiting = putBack.flatMap(({ index, pair }) => {
      const read = this.#pairOf(pair);
      return read ? [shownAt(index, read)] : [];
    });
    const again = this.#waiting.pop();
    if (again) this.current = again;
    else if (this.current && this.current.index >= next)
      this.#next = Math.max(this.#next, this.current.index + 1);
    else this.current = null;
    return this.current === null;
  }

  // What it amounts to

  #lastOwn(log: readonly Judged[]): Judged | undefined {
    return log.findLast(({ id }) => !this.#others.has(id));
  }

  /** A judgement that has not changed stays the same object. */
  #judgedOf({ judged }: Labels, _reader: PairReader | null): Judged[] {
    const made = new Map<string, Judged>();
    for (const judgement of judged) {
      const before = this.#judged.get(judgement.id);
      const now = before?.choice === judgement.choice ? before : this.#judgedFrom(judgement);
      if (now) made.set(judgement.id, now);
    }
    this.#judged = made;
    return [...made.values()];
  }

  #judgedFrom({ id, index, pair, choice, source }: Judgement): Judged | null {
    const read = this.#pairOf(pair);
    return read && { id, shown: shownAt(index, read), choice, source };
  }

  #pairOf(reference: PairReference): Pair | null {
    const key = JSON.stringify(reference);
    const pair = this.#pairs.get(key) ?? this.#reader?.(reference) ?? null;
    if (pair) this.#pairs.set(key, pair);
    return pair;
  }
}
