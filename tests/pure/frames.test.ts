// Draws are counted, under a clock of the test's own.
import { expect, test } from 'vitest';
import { Curves } from '../../src/state/run/curves.svelte.ts';
import { Frames } from '../../src/state/run/frames.ts';

function page() {
  let time = 0;
  const timers: { at: number; then: () => void }[] = [];
  const clock = {
    isHidden: () => page.hidden,
    now: () => time,
    after: (ms: number, then: () => void) => void timers.push({ at: time + ms, then }),
    frame: (then: () => void) => void timers.push({ at: time + 16, then }),
  };
  const page = {
    clock,
    hidden: false,
    pass(ms: number) {
      for (const end = time + ms; time < end; time++) {
        const due = timers.filter(({ at }) => at <= time);
        for (const one of due) timers.splice(timers.indexOf(one), 1);
        for (const { then } of due) then();
      }
    },
  };
  return page;
}

test('draws follow the eye, not the steps', () => {
  const { clock, pass } = page();
  let draws = 0;
  const frames = new Frames(() => draws++, clock);
  for (let step = 0; step < 1000; step++) {
    frames.ask();
    pass(1);
  }
  expect(draws).toBeGreaterThanOrEqual(8);
  expect(draws).toBeLessThanOrEqual(12);
});

test('where no frame comes nothing is drawn, and an end is drawn at once', () => {
  const { clock } = page();
  let draws = 0;
  const frames = new Frames(() => draws++, clock);
  for (let step = 0; step < 1000; step++) frames.ask();
  expect(draws).toBe(0);
  frames.now();
  expect(draws).toBe(1);
});

test('what was drawn at an end is not drawn again by the frame that was due', () => {
  const { clock, pass } = page();
  let draws = 0;
  const frames = new Frames(() => draws++, clock);
  frames.ask();
  frames.now();
  pass(200);
  expect(draws).toBe(1);
});

test('a hidden tab is brought up to date once a second', () => {
  const there = page();
  let draws = 0;
  const frames = new Frames(() => draws++, there.clock);
  there.hidden = true;
  for (let step = 0; step < 3000; step++) {
    frames.ask();
    there.pass(1);
  }
  expect(draws).toBe(2);
});

test('steps that are made again take the place of those before', () => {
  const curves = new Curves();
  const rows = (from: number, to: number, loss: number) =>
    Array.from({ length: to - from + 1 }, (_, i) => ({ step: from + i, loss }) as never);
  curves.addRows(rows(1, 5, 1));
  expect(curves.column('loss').values).toEqual([1, 1, 1, 1, 1]);
  curves.addRows(rows(4, 6, 2));
  expect(curves.column('loss')).toEqual({ steps: [1, 2, 3, 4, 5, 6], values: [1, 1, 1, 2, 2, 2] });
  curves.clear();
  expect(curves.column('loss').steps).toEqual([]);
});
