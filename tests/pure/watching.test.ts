// What is looked at while a run trains, under a clock of its own: work is counted, not timed.
import { expect, test } from 'vitest';
import { createWatching } from '../../src/session/watching.ts';

/** A run of steps of `step` ms, evaluated every ten for `evaluate` ms, with samples of `sample` ms. */
function running(step: number, evaluate: number, sample: number) {
  let clock = 0;
  let steps = 0;
  const evaluated: number[] = [];
  const sampled: number[] = [];
  const watching = createWatching({
    now: () => clock,
    step: () => steps,
    evaluate: async () => {
      clock += evaluate;
      evaluated.push(steps);
    },
    sample: async () => {
      clock += sample;
      sampled.push(steps);
    },
  });
  const train = async (until: number): Promise<void> => {
    while (steps < until) {
      await watching.training(async () => {
        clock += 10 * step;
        steps += 10;
      });
      await watching.look(false);
    }
  };
  return { watching, train, evaluated, sampled, time: () => clock };
}

const tens = (until: number): number[] => Array.from({ length: until / 10 }, (_, i) => 10 * (i + 1));

test('where looking is cheap everything is shown at every evaluation', async () => {
  const run = running(10, 3, 2);
  await run.train(200);
  expect(run.evaluated).toEqual(tens(200));
  expect(run.sampled).toEqual(tens(200));
});

test('evaluations keep their steps whatever they cost; samples get what is left, and never nothing', async () => {
  const run = running(10, 50, 20);
  await run.train(1000);
  expect(run.evaluated).toEqual(tens(1000));
  expect(run.sampled.length).toBeGreaterThan(10);
  expect(run.sampled.length * 20).toBeLessThan(0.04 * run.time());
});

test('at rest the model is shown as it is, once', async () => {
  const run = running(10, 50, 50);
  await run.train(100);
  const before = run.sampled.length;
  await run.watching.catchUp();
  await run.watching.catchUp();
  expect(run.sampled.slice(before)).toEqual([100]);
  await run.watching.look(true);
  await run.watching.catchUp();
  expect(run.sampled.length).toBe(before + 2);
});
