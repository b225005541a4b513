/**
 * Label events and what they amount to. The log only grows; two logs are merged by the union of their ids, and the labels
 * are a fold over the events in the order of (clock, id), whatever order they arrived in. Pure.
 */
import type { Choice, PairReference } from '../labelers/labeler.ts';
import { CHOICES } from '../labelers/labeler.ts';

/** A person may also pass. */
export type Answered = Choice | 'skip';

export type LabelAct =
  /**
   * `index`: number of the pair in the order in which it was shown. `source`: a labeler's name. `confidence`: probability
   * that the choice is right by the labeler's own scores, where it gives scores.
   */
  | {
      kind: 'judged';
      index: number;
      pair: PairReference;
      choice: Answered;
      source: string;
      confidence?: number;
    }
  /** Another choice for the judgement `target`. */
  | { kind: 'changed'; target: string; choice: Answered }
  /** Takes back judgements or automatic labels by their ids. `again` (Undo): their pairs are to be shown again. */
  | { kind: 'removed'; targets: string[]; again: boolean }
  /** So many more stock pairs are labelled by the recipe's labeler. */
  | { kind: 'automatic'; add: number }
  | { kind: 'rule'; rule: string }
  | { kind: 'noise'; noise: number }
  /** Where new pairs come from. */
  | { kind: 'source'; source: string };

/** `id` is `writer:counter`, unique in the world; `clock` is a Lamport clock. */
export interface Stamp {
  id: string;
  clock: number;
}
export type LabelEvent = Stamp & LabelAct;
/** An event of a kind that only newer code knows: it is kept and passed on, and changes nothing here. */
export type StoredEvent =
  LabelEvent | (Stamp & { kind: 'unknown'; event: Readonly<Record<string, unknown>> });

/** Writes the events of one tab. The tab's `writer` is drawn anew at each load of the page. */
export interface EventWriter {
  /** The next event, later than all that this writer has seen. */
  next(act: LabelAct): LabelEvent;
  /** To be told of every event that is read or received. */
  seen(events: readonly Stamp[]): void;
}

/** `writer`: letters and digits, random, never used before. */
export function eventWriter(writer: string): EventWriter {
  let counter = 0;
  let clock = 0;
  return {
    next: (act) => ({ id: `${writer}:${++counter}`, clock: ++clock, ...act }),
    seen: (events) => {
      for (const event of events) clock = Math.max(clock, event.clock);
    },
  };
}

export function splitId(id: string): { writer: string; counter: number } | null {
  const [, writer, counter] = /^([A-Za-z0-9_-]{1,64}):([1-9][0-9]{0,14})$/.exec(id) ?? [];
  return writer === undefined ? null : { writer, counter: Number(counter) };
}

/** The union, in order. */
export function mergeEvents<E extends Stamp>(...logs: readonly (readonly E[])[]): E[] {
  const all = logs.flat();
  if (isMerged(all)) return all;
  const byId = new Map<string, E>();
  for (const event of all) if (!byId.has(event.id)) byId.set(event.id, event);
  return [...byId.values()].sort(inOrder);
}

/** In order and without doubles already, as a log mostly is. */
function isMerged(events: readonly Stamp[]): boolean {
  return events.every((event, i) => i === 0 || inOrder(events[i - 1] as Stamp, event) < 0);
}

function inOrder(a: Stamp, b: Stamp): number {
  return a.clock - b.clock || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}

/** The greatest counter of each writer up to which nothing is missing: what `eventsSince` need not send again. */
export type Known = Readonly<Record<string, number>>;

export function knownOf(events: readonly Stamp[]): Known {
  const counters = new Map<string, Set<number>>();
  for (const { id } of events) {
    const parts = splitId(id);
    if (!parts) continue;
    const seen = counters.get(parts.writer) ?? new Set();
    counters.set(parts.writer, seen.add(parts.counter));
  }
  const upTo = (seen: ReadonlySet<number>): number => {
    let counter = 0;
    while (seen.has(counter + 1)) counter++;
    return counter;
  };
  return Object.fromEntries([...counters].map(([writer, seen]) => [writer, upTo(seen)]));
}

/** One judgement as it stands now. */
export interface Judgement {
  /** Id of the event that made it: what a change or removal names. */
  id: string;
  index: number;
  pair: PairReference;
  choice: Answered;
  source: string;
  /** Of this choice; one that was changed has none. */
  confidence?: number;
}

/** A pair that was put back by Undo. */
export type PutBack = Pick<Judgement, 'index' | 'pair'>;

/** Null where no event has said anything yet. */
export interface Labels {
  /** In the order in which they were given. */
  judged: Judgement[];
  /** The last one is shown first; a new pair comes when none is left. */
  putBack: PutBack[];
  /** Number of the next pair that was never judged. */
  next: number;
  /** Stock pairs labelled automatically, without an upper limit; and the events that said so, for a removal to name. */
  automatic: number;
  automaticIds: string[];
  rule: string | null;
  noise: number | null;
  source: string | null;
}

export function foldEvents(log: readonly StoredEvent[]): Labels {
  const events = mergeEvents(log);
  const removed = new Set(events.flatMap((event) => (event.kind === 'removed' ? event.targets : [])));
  const judged = new Map<string, Judgement>();
  const labels: Labels = {
    judged: [],
    putBack: [],
    next: 0,
    automatic: 0,
    automaticIds: [],
    rule: null,
    noise: null,
    source: null,
  };
  // changes may name what comes later in the order (imported clocks prove nothing), so judgements are gathered first
  for (const event of events) if (event.kind === 'judged') judged.set(event.id, judgementOf(event));
  const waiting = new Map<string, PutBack>();
  for (const event of events) {
    switch (event.kind) {
      case 'judged':
        labels.next = Math.max(labels.next, event.index + 1);
        if (waiting.size > 0) waiting.delete(pairName(event));
        break;
      case 'changed': {
        const target = judged.get(event.target);
        if (target && target.choice !== event.choice) {
          target.choice = event.choice;
          delete target.confidence;
        }
        break;
      }
      case 'removed':
        if (event.again) putBack(waiting, judged, event.targets);
        break;
      case 'automatic':
        if (removed.has(event.id)) break;
        labels.automatic += event.add;
        labels.automaticIds.push(event.id);
        break;
      case 'rule':
        labels.rule = event.rule;
        break;
      case 'noise':
        labels.noise = event.noise;
        break;
      case 'source':
        labels.source = event.source;
        break;
      case 'unknown':
        break;
    }
  }
  labels.judged = [...judged.values()].filter(({ id }) => !removed.has(id));
  labels.putBack = [...waiting.values()];
  return labels;
}

const judgementOf = ({ id, index, pair, choice, source, confidence }: Judgement): Judgement => ({
  id,
  index,
  pair,
  choice,
  source,
  ...(confidence !== undefined && { confidence }),
});

const pairName = ({ index, pair }: PutBack): string => JSON.stringify([index, pair]);

function putBack(waiting: Map<string, PutBack>, judged: Map<string, Judgement>, targets: string[]): void {
  for (const target of targets) {
    const found = judged.get(target);
    if (!found) continue;
    const name = pairName(found);
    waiting.delete(name); // so that it comes last, which is shown first
    waiting.set(name, { index: found.index, pair: found.pair });
  }
}

// What is read from the database, a file or another tab

const isNatural = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
const isText = (value: unknown): value is string => typeof value === 'string' && value.length <= 200;
const isAnswered = (value: unknown): value is Answered =>
  value === 'skip' || (CHOICES as readonly unknown[]).includes(value);
const isShare = (value: unknown): boolean => typeof value === 'number' && value >= 0 && value <= 1;
const isTokens = (value: unknown): boolean => Array.isArray(value) && value.every(isNatural);
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function isPair(value: unknown): boolean {
  if (!isObject(value)) return false;
  if (value['kind'] === 'given')
    return isText(value['prompt']) && isTokens(value['a']) && isTokens(value['b']);
  return (
    value['kind'] === 'stock' &&
    isNatural(value['seed']) &&
    isNatural(value['index']) &&
    (value['split'] === 'train' || value['split'] === 'held-out')
  );
}

const WELL_FORMED: { readonly [K in LabelAct['kind']]: (event: Record<string, unknown>) => boolean } = {
  judged: ({ index, pair, choice, source, confidence }) =>
    isNatural(index) &&
    isPair(pair) &&
    isAnswered(choice) &&
    isText(source) &&
    (confidence === undefined || isShare(confidence)),
  changed: ({ target, choice }) => isText(target) && isAnswered(choice),
  removed: ({ targets, again }) =>
    Array.isArray(targets) && targets.every(isText) && typeof again === 'boolean',
  automatic: ({ add }) => isNatural(add),
  rule: ({ rule }) => isText(rule),
  noise: ({ noise }) => isShare(noise),
  source: ({ source }) => isText(source),
};

/** The event that a value is, or null if it is none. */
export function readEvent(value: unknown): StoredEvent | null {
  if (!isObject(value)) return null;
  const { id, clock, kind } = value;
  if (!isText(id) || splitId(id) === null || !isNatural(clock) || !isText(kind)) return null;
  if (!Object.hasOwn(WELL_FORMED, kind)) return { id, clock, kind: 'unknown', event: value };
  return WELL_FORMED[kind as LabelAct['kind']](value) ? (value as unknown as LabelEvent) : null;
}

/** What is stored and sent of an event: the form that `readEvent` reads. */
export function plainEvent(event: StoredEvent): object {
  return event.kind === 'unknown' ? event.event : event;
}
