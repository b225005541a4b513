/**
 * What was said about pairs and what the oracle was asked to label: a fold over label events, so that labels of several tabs
 * and of earlier visits come together. One writer: `Labelling`, which is such a log with a pair in hand.
 */
/* eslint-disable svelte/prefer-svelte-reactivity -- these maps are caches: nothing is drawn from them directly */
import type { Choice, Label, PairReference } from '../../labelers/labeler.ts';
import { MOST_RECORDED } from '../../recipes/parameters.ts';
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
} from '../../storage/events.ts';
import { newId } from '../ids.ts';
import { shownAt, type Pair, type ShownPair } from './shown-pair.ts';

export interface Judged {
  /** Of the event that said it. */
  id: string;
  shown: ShownPair;
  choice: Answered;
  /** A labeler's name. */
  source: string;
  /** Probability that the choice is right by the labeler's own scores, where it gives scores. */
  confidence?: number;
}

/** What somebody else than the visitor says of a pair. */
export type Said = Pick<Judged, 'confidence'> & { choice: Choice };

export type PairSource = 'stock' | 'policy';

/** The pair that a reference names; null where the world that is loaded has no such pair. */
export type PairReader = (reference: PairReference) => Pair | null;

export class LabelLog {
  /** Who keeps what is said here; without one it stays on the page. */
  keeper: ((events: readonly LabelEvent[]) => void) | null = null;
  /** Who hears that what was said here changes what a run learns from. */
  onchange: (() => void) | null = null;
  /** This tab among those that write. */
  readonly tab = newId();

  #events = $state.raw<readonly StoredEvent[]>([]);
  #writer: EventWriter = eventWriter(this.tab);
  /** Said in other tabs while this one was open: Undo here leaves them alone. */
  #others = new Set<string>();
  #reader = $state.raw<PairReader | null>(null);
  /** The pairs that were read or shown, and what was made of each judgement. */
  readonly #pairs = new Map<string, Pair>();
  #judged = new Map<string, Judged>();

  protected readonly folded: Labels = $derived(foldEvents(this.#events));
  readonly log: readonly Judged[] = $derived(this.#judgedOf(this.folded, this.#reader));
  readonly source: PairSource = $derived(this.folded.source === 'policy' ? 'policy' : 'stock');
  readonly rule: string = $derived.by(() => this.folded.rule ?? this.stock.rule);
  readonly noise: number = $derived(this.folded.noise ?? 0);
  readonly automatic: number = $derived.by(() => Math.min(this.stock.most, this.folded.automatic));
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
  /** The newest judgement that is this tab's to take back: what other tabs say meanwhile is theirs. */
  protected readonly lastOwn: Judged | undefined = $derived(
    this.log.findLast(({ id }) => !this.#others.has(id)),
  );
  readonly canUndo: boolean = $derived(this.lastOwn !== undefined);

  constructor(
    /** The rule that is asked first, and most pairs that are labelled automatically. */
    readonly stock: { rule: string; most: number },
  ) {}

  /** All that was said, for a project to be made of it. */
  get events(): readonly StoredEvent[] {
    return this.#events;
  }

  /** Once the world has loaded: labels of earlier visits can be shown. */
  readBy(reader: PairReader): void {
    this.#reader = reader;
  }

  // What is said here

  change(id: string, choice: Answered): void {
    this.act({ kind: 'changed', target: id, choice });
  }

  remove(id: string): void {
    this.act({ kind: 'removed', targets: [id], again: false });
  }

  /** What somebody else than the visitor said of pairs that were not shown here. */
  recordFrom(source: string, said: readonly (Said & { index: number; pair: PairReference })[]): void {
    this.act(...said.map((one) => ({ kind: 'judged' as const, ...one, source })));
  }

  removeFrom(source: string): void {
    const targets = this.log.flatMap((judged) => (judged.source === source ? [judged.id] : []));
    if (targets.length > 0) this.act({ kind: 'removed', targets, again: false });
  }

  addAutomatic(pairs: number): void {
    const add = Math.min(this.stock.most - this.automatic, pairs);
    if (add > 0) this.act({ kind: 'automatic', add });
  }

  removeAutomatic(): void {
    const targets = this.folded.automaticIds;
    if (targets.length > 0) this.act({ kind: 'removed', targets, again: false });
  }

  setRule(rule: string): void {
    if (rule !== this.rule) this.act({ kind: 'rule', rule });
  }

  setNoise(noise: number): void {
    if (noise !== this.noise) this.act({ kind: 'noise', noise });
  }

  protected act(...acts: readonly LabelAct[]): void {
    const events = acts.map((act) => this.#writer.next(act));
    this.#events = [...this.#events, ...events];
    this.keeper?.(events);
    if (acts.some(({ kind }) => kind !== 'source')) this.onchange?.();
  }

  // What comes from elsewhere

  protected merge(events: readonly StoredEvent[]): void {
    this.#writer.seen(events);
    this.#events = mergeEvents(this.#events, events);
  }

  /** What another tab says; returns what of it is news. */
  protected mergeOthers(events: readonly StoredEvent[]): readonly StoredEvent[] {
    const known = new Set(this.#events.map(({ id }) => id));
    const news = events.filter(({ id }) => !known.has(id));
    for (const { id } of news) this.#others.add(id);
    this.merge(news);
    return news;
  }

  protected clear(): void {
    this.#events = [];
    this.#others = new Set();
  }

  /** Acts as events of a writer of their own. */
  protected eventsOf(acts: readonly LabelAct[]): readonly StoredEvent[] {
    this.#writer = eventWriter(newId());
    return acts.map((act) => this.#writer.next(act));
  }

  // What it amounts to

  /** A judgement that has not changed stays the same object. */
  #judgedOf({ judged }: Labels, _reader: PairReader | null): Judged[] {
    const made = new Map<string, Judged>();
    for (const judgement of judged) {
      const before = this.#judged.get(judgement.id);
      const { choice, confidence } = judgement;
      const same = before?.choice === choice && before.confidence === confidence;
      const now = same ? before : this.#judgedFrom(judgement);
      if (now) made.set(judgement.id, now);
    }
    this.#judged = made;
    return [...made.values()];
  }

  #judgedFrom({ index, pair, ...said }: Judgement): Judged | null {
    const read = this.pairOf(pair);
    return read && { ...said, shown: shownAt(index, read) };
  }

  protected pairOf(reference: PairReference): Pair | null {
    const key = JSON.stringify(reference);
    const pair = this.#pairs.get(key) ?? this.#reader?.(reference) ?? null;
    if (pair) this.#pairs.set(key, pair);
    return pair;
  }

  protected know(pair: Pair): void {
    this.#pairs.set(JSON.stringify(pair.reference), pair);
  }
}
