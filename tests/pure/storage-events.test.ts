// The label log: merging is a union, the fold does not mind the order of arrival, and it rebuilds what the page showed.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Answered, LabelAct, LabelEvent, StoredEvent } from '../../src/storage/events.ts';
import {
  eventWriter,
  foldEvents,
  knownOf,
  mergeEvents,
  plainEvent,
  readEvent,
} from '../../src/storage/events.ts';
import { Labelling } from '../../src/state/label/labelling.svelte.ts';
import type { Answer, Pair } from '../../src/state/label/shown-pair.ts';
import { judgements } from '../support/storage.ts';

const choice = fc.constantFrom<Answered>('a', 'b', 'tie', 'both_bad', 'skip');
const pairOf = (index: number) => ({ kind: 'stock', seed: 0, index, split: 'train' }) as const;

/** Acts that name one of the first `most` events of either tab. */
const act = (most: number): fc.Arbitrary<LabelAct> => {
  const target = fc
    .tuple(fc.constantFrom('tab1', 'tab2'), fc.integer({ min: 1, max: most }))
    .map(([writer, counter]) => `${writer}:${counter}`);
  const again = fc.boolean();
  const targets = fc.array(target, { maxLength: 3 });
  return fc.oneof(
    { weight: 4, arbitrary: fc.nat(20).chain((index) => choice.map((chosen) => judged(index, chosen))) },
    fc.record({ kind: fc.constant('changed'), target, choice } as const),
    fc.record({ kind: fc.constant('removed'), targets, again } as const),
    fc.record({ kind: fc.constant('automatic'), add: fc.nat(500) } as const),
    fc.record({ kind: fc.constant('rule'), rule: fc.constantFrom('positive', 'short') } as const),
    fc.record({ kind: fc.constant('noise'), noise: fc.constantFrom(0, 0.1, 0.25) } as const),
    fc.record({ kind: fc.constant('source'), source: fc.constantFrom('stock', 'policy') } as const),
  );
};

function judged(index: number, chosen: Answered, more: object = {}): LabelAct {
  return { kind: 'judged', index, pair: pairOf(index), choice: chosen, source: 'human', ...more };
}

test('a confidence stays with its choice, and a log without any is read as it was', () => {
  const tab = eventWriter('tab1');
  const log = [
    tab.next(judged(0, 'a', { source: 'judge', confidence: 0.75 })),
    tab.next(judged(1, 'b', { source: 'judge', confidence: 0.5 })),
    tab.next(judged(2, 'tie')),
    tab.next({ kind: 'changed', target: 'tab1:1', choice: 'a' }),
    tab.next({ kind: 'changed', target: 'tab1:2', choice: 'a' }),
  ];
  expect(log.map((event) => readEvent(JSON.parse(JSON.stringify(plainEvent(event)))))).toEqual(log);
  const [kept, changed, none] = foldEvents(log).judged;
  expect(kept).toMatchObject({ choice: 'a', confidence: 0.75 });
  expect([changed, none].map((one) => one && Object.hasOwn(one, 'confidence'))).toEqual([false, false]);
  for (const confidence of [-0.1, 1.1, Number.NaN, '0.5', null])
    expect(readEvent({ ...log[0], confidence })).toBeNull();
});

test('what a judge has said is shown with its confidence, and a recipe has the label alone', () => {
  const labelling = firstVisit();
  labelling.readBy((reference) => ({ reference, prompt: 'p', promptText: 'P', a: 'A', b: 'B' }));
  labelling.recordFrom('judge', [{ index: 0, pair: pairOf(0), choice: 'a', confidence: 0.9 }]);
  expect(labelling.log).toMatchObject([{ choice: 'a', source: 'judge', confidence: 0.9 }]);
  expect(labelling.learned).toEqual([{ pair: pairOf(0), choice: 'a', source: 'judge' }]);
  const [{ id } = { id: '' }] = labelling.log;
  labelling.change(id, 'b');
  labelling.change(id, 'a');
  expect(labelling.log[0]?.confidence).toBeUndefined();
});

/** Two tabs that write, and hear of each other now and then. */
const twoTabs: fc.Arbitrary<[LabelEvent[], LabelEvent[]]> = fc
  .array(fc.record({ tab: fc.constantFrom(0, 1), act: act(15), hears: fc.boolean() }), { maxLength: 40 })
  .map((acts) => {
    const writers = [eventWriter('tab1'), eventWriter('tab2')] as const;
    const logs: [LabelEvent[], LabelEvent[]] = [[], []];
    for (const { tab, act: what, hears } of acts) {
      if (hears) writers[tab].seen(logs[1 - tab]!);
      logs[tab].push(writers[tab].next(what));
    }
    return logs;
  });

test('merging is commutative, associative and idempotent', () => {
  fc.assert(
    fc.property(twoTabs, fc.nat(), ([a, b], cut) => {
      const c = b.slice(0, cut % (b.length + 1));
      expect(mergeEvents(a, b)).toEqual(mergeEvents(b, a));
      expect(mergeEvents(mergeEvents(a, b), c)).toEqual(mergeEvents(a, mergeEvents(b, c)));
      expect(mergeEvents(a, a, b, c)).toEqual(mergeEvents(a, b));
      expect(mergeEvents(a, b).length).toBe(a.length + b.length);
    }),
  );
});

test('the fold is the same for every order of arrival, doubles included', () => {
  fc.assert(
    fc.property(
      twoTabs.chain(([a, b]) =>
        fc.tuple(
          fc.constant([...a, ...b]),
          fc.shuffledSubarray([...a, ...b, ...a], { minLength: 2 * a.length + b.length }),
        ),
      ),
      ([log, shuffled]) => {
        expect(foldEvents(shuffled)).toEqual(foldEvents(log));
      },
    ),
  );
});

test('a judgement stays until an event names it, whatever the other tab does', () => {
  fc.assert(
    fc.property(twoTabs, ([a, b]) => {
      const log = [...a, ...b];
      const named = new Set(log.flatMap((event) => (event.kind === 'removed' ? event.targets : [])));
      const expected = log.filter(({ kind, id }) => kind === 'judged' && !named.has(id)).map(({ id }) => id);
      const fold = foldEvents(log);
      expect(fold.judged.map(({ id }) => id).sort()).toEqual(expected.sort());
      const adds = log.flatMap((event) =>
        event.kind === 'automatic' && !named.has(event.id) ? [event.add] : [],
      );
      expect(fold.automatic).toBe(adds.reduce((sum, add) => sum + add, 0));
    }),
  );
});

test('of two changes to one judgement the later by clock stands, then the greater id', () => {
  const first: LabelEvent = { id: 'a:1', clock: 1, ...judged(0, 'a') };
  const change = (id: string, clock: number, to: 'b' | 'tie'): LabelEvent => ({
    id,
    clock,
    kind: 'changed',
    target: 'a:1',
    choice: to,
  });
  expect(foldEvents([change('b:1', 3, 'tie'), change('c:1', 2, 'b'), first]).judged[0]?.choice).toBe('tie');
  expect(foldEvents([change('b:1', 2, 'tie'), change('c:1', 2, 'b'), first]).judged[0]?.choice).toBe('b');
});

/** What a visitor does in one tab. */
const visit = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc
        .constantFrom<Answer>('left', 'right', 'tie', 'both_bad', 'skip')
        .map((answer) => ({ answer })),
    },
    { weight: 3, arbitrary: fc.constant('undo' as const) },
    fc.record({ at: fc.nat(), change: choice }),
    fc.record({ at: fc.nat() }),
  ),
  { maxLength: 60 },
);

const firstVisit = (): Labelling =>
  new Labelling(
    {
      pair: { seed: 0, index: 0, prompt: 'p', promptText: 'text', a: { text: 'a' }, b: { text: 'b' } },
    } as ConstructorParameters<typeof Labelling>[0],
    { rule: 'positive', most: 2000 },
  );
const pairShown = (index: number): Pair => ({
  reference: pairOf(index),
  prompt: 'p',
  promptText: 'text',
  a: 'a',
  b: 'b',
});
const said = ({ log }: Labelling) => log.map(({ id, shown, choice: chosen }) => [id, shown.index, chosen]);

test('the events of a visit rebuild it: log, labels, pair in view, pairs put back', () => {
  fc.assert(
    fc.property(visit, (acts) => {
      const labelling = firstVisit();
      const kept: LabelEvent[] = [];
      labelling.keeper = (events) => kept.push(...events);
      for (const what of acts) {
        if (what === 'undo') labelling.undo();
        else if ('answer' in what) {
          if (!labelling.record(what.answer)) labelling.show(pairShown(labelling.next));
        } else if (labelling.log.length > 0) {
          const { id } = labelling.log[what.at % labelling.log.length]!;
          if ('change' in what) labelling.change(id, what.change);
          else labelling.remove(id);
        }
      }
      expect(kept).toEqual(labelling.events);

      const again = firstVisit();
      again.readBy(({ kind, ...rest }) =>
        kind === 'stock' && 'index' in rest ? pairShown(rest.index) : null,
      );
      if (again.returned(kept)) again.show(pairShown(again.next));
      expect(said(again)).toEqual(said(labelling));
      expect(again.labels).toEqual(labelling.labels);
      // from here on, both show the same pairs in the same order
      for (let i = 0; i < 5; i++) {
        expect(again.current!.index).toBe(labelling.current!.index);
        for (const one of [labelling, again]) if (!one.record('tie')) one.show(pairShown(one.next));
      }
    }),
  );
});

test('what two tabs say at once comes together in both, and Undo leaves the other tab alone', () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 20 }), (turns) => {
      const tabs = [firstVisit(), firstVisit()] as const;
      for (const tab of tabs) tab.readBy((pair) => ('index' in pair ? pairShown(pair.index) : null));
      tabs[0].keeper = (events) => void tabs[1].heard(events);
      tabs[1].keeper = (events) => void tabs[0].heard(events);
      for (const first of turns) {
        const tab = tabs[first ? 0 : 1];
        if (!tab.record('left')) tab.show(pairShown(tab.next));
      }
      expect(said(tabs[0])).toEqual(said(tabs[1]));
      expect(tabs[0].log).toHaveLength(turns.length);
      while (tabs[0].undo());
      expect(tabs[1].log).toHaveLength(turns.filter((first) => !first).length);
      expect(said(tabs[0])).toEqual(said(tabs[1]));
    }),
  );
});

test('what is written reads back; what is malformed is refused; unknown kinds pass through unchanged', () => {
  fc.assert(
    fc.property(twoTabs, ([a, b]) => {
      for (const event of [...a, ...b]) {
        expect(readEvent(JSON.parse(JSON.stringify(plainEvent(event))))).toEqual(event);
      }
    }),
  );
  const good = { id: 'w:1', clock: 1, ...judged(3, 'a') };
  expect(readEvent(good)).toEqual(good);
  const given = { kind: 'given', prompt: 'x', a: [1, 2], b: [3] };
  expect(readEvent({ ...good, pair: given })).not.toBeNull();
  const bad: unknown[] = [
    null,
    'text',
    [],
    { ...good, id: 'w' },
    { ...good, id: 'w:0' },
    { ...good, id: `${'w'.repeat(65)}:1` },
    { ...good, clock: -1 },
    { ...good, clock: '1' },
    { ...good, choice: 'c' },
    { ...good, index: 0.5 },
    { ...good, pair: { ...given, a: 'text' } },
    { ...good, pair: { kind: 'stock', seed: 0, index: 1, split: 'test' } },
    { ...good, kind: 'noise', noise: NaN },
    { ...good, kind: 'removed', targets: 'w:1', again: false },
  ];
  for (const value of bad) expect(readEvent(value), JSON.stringify(value)).toBeNull();
  const foreign = { id: 'w:2', clock: 9, kind: 'ranked', order: [2, 1] };
  const read = readEvent(foreign) as StoredEvent;
  expect(plainEvent(read)).toEqual(foreign);
  expect(foldEvents([read, good as StoredEvent]).judged).toHaveLength(1);
  fc.assert(fc.property(fc.anything(), (value) => void readEvent(value)));
});

test('a gap in what is known is asked for again', () => {
  const [one, two, three] = judgements('w', 3) as [LabelEvent, LabelEvent, LabelEvent];
  expect(knownOf([three, one])).toEqual({ w: 1 });
  expect(knownOf([three, one, two])).toEqual({ w: 3 });
  expect(knownOf([three])).toEqual({ w: 0 });
});
