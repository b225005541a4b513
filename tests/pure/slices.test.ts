/** The loop of all trainers, without anything to train: phases that are told, lengths of slices, pauses, ends, what is healed. */
import { expect, it } from 'vitest';
import { createTurns } from '../../src/session/reply.ts';
import { createSlices, nextLook, type Slices, type Trained } from '../../src/session/slices.ts';

interface Bench {
  slices: Slices;
  inTurn: ReturnType<typeof createTurns>;
  told: string[];
  /** Resolves when a phase has been told for that many times. */
  until(phase: string, times?: number): Promise<void>;
}

/** `trained` may say more than that ten steps are to be made. Every slice takes 3 ms. */
function bench(trained: (state: { step: number; steps: number }) => Partial<Trained> = () => ({})): Bench {
  const told: string[] = [];
  const waiting: { fits: () => boolean; go: () => void }[] = [];
  const state = { step: 0, steps: 10 };
  let clock = 0;
  const inTurn = createTurns();
  const standard: Trained = {
    get step() {
      return state.step;
    },
    get steps() {
      return state.steps;
    },
    stops: () => Promise.resolve([]),
    advance: (count) => {
      told.push(`${count} from ${state.step}`);
      state.step += count;
      return Promise.resolve();
    },
    look: () => Promise.resolve(),
    tell: (phase) => {
      told.push(phase);
      waiting.filter(({ fits }) => fits()).forEach(({ go }) => go());
    },
    failed: (error) => void told.push((error as Error).message),
  };
  const slices = createSlices(
    Object.defineProperties(standard, Object.getOwnPropertyDescriptors(trained(state))),
    { now: () => (clock += 3), pause: () => new Promise((resolve) => setImmediate(resolve)) },
    inTurn,
  );
  const until = (phase: string, times = 1): Promise<void> =>
    new Promise((go) => {
      const fits = (): boolean => told.filter((one) => one === phase).length >= times;
      if (fits()) go();
      else waiting.push({ fits, go });
    });
  return { slices, inTurn, told, until };
}

it('slices grow with the speed, and end where something is to be looked at', async () => {
  const looks: boolean[] = [];
  const { slices, told, until } = bench((state) => ({
    stops: () => Promise.resolve([nextLook(state.step, 4)]),
    look: (rests) => Promise.resolve(void looks.push(rests)),
  }));
  expect(slices.stepsPerSecond).toBeNull();
  slices.train();
  await until('finished');
  expect(told).toEqual(['running', '1 from 0', '3 from 1', '4 from 4', '2 from 8', 'finished']);
  expect(looks).toEqual([false, false, false, true]);
  expect(slices.stepsPerSecond).toBeGreaterThan(333);
  slices.train();
  expect(slices.phase).toBe('finished');
});

it('it rests at the step that was asked for, measured, and goes on from there', async () => {
  const { slices, told, until } = bench(() => ({
    measure: () => Promise.resolve(void told.push('measured')),
    rested: (phase) => Promise.resolve(void told.push(`rests: ${phase}`)),
  }));
  slices.train(3);
  await until('paused');
  slices.train();
  await until('finished');
  const rest = (phase: string): string[] => ['measured', phase, `rests: ${phase}`];
  expect(told).toEqual(
    ['running', '1 from 0', '2 from 1', ...rest('paused')].concat([
      'running',
      '7 from 3',
      ...rest('finished'),
    ]),
  );
});

it('paused and set going again between two slices, one loop runs and not two', async () => {
  const { slices, inTurn, told, until } = bench();
  slices.train();
  await inTurn(() => Promise.resolve());
  await inTurn(() => slices.pause());
  slices.train();
  await until('finished');
  expect(told).toEqual(['running', '1 from 0', 'paused', 'running', '4 from 1', '5 from 5', 'finished']);
});

it('what is lost and comes back goes on; what does not is told as a failure', async () => {
  let losses = 2;
  const { slices, told, until } = bench((state) => ({
    stops: async () => {
      if (state.step > 4 && losses > 0) throw new Error('lost');
      return [state.step + 3];
    },
    recover: async () => {
      told.push('recovered');
      losses--;
      state.step = 2;
      return losses > 0;
    },
  }));
  slices.train();
  await until('failed');
  expect(told.slice(2)).toEqual([
    '3 from 1',
    '3 from 4',
    'recovered',
    '3 from 2',
    'recovered',
    'failed',
    'lost',
  ]);
  expect(slices.phase).toBe('failed');
});

it('closed, it makes nothing and tells nothing', async () => {
  const { slices, inTurn, told } = bench();
  slices.train();
  await inTurn(() => Promise.resolve(slices.close()));
  const before = [...told];
  await new Promise((resolve) => setTimeout(resolve, 20));
  await slices.pause();
  expect(told).toEqual(before);
});
