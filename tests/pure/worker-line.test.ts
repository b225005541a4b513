// A worker as the page holds it: greeted, asked under deadlines, ended when it is dead, late or not wanted any more.
import { expose } from 'comlink';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import type { Reply } from '../../src/session/protocol.ts';
import { WorkerLine } from '../../src/session/worker-line.ts';
import type { ErrorData } from '../../src/base/errors.ts';

interface Api {
  hello(build: string): void;
  double(value: number): Promise<Reply<number>>;
  hang(): Promise<Reply<number>>;
}

const program: Api = {
  hello: (build) => {
    if (build !== 'mine') throw new Error('Another build.');
  },
  double: (value) => Promise.resolve({ ok: true, value: 2 * value }),
  hang: () => new Promise(() => undefined),
};

/** A worker's end of a channel, with the events that a browser's worker has; the program answers at its other end. */
class ChannelWorker extends EventTarget {
  static all: ChannelWorker[] = [];
  terminated = false;
  readonly #channel = new MessageChannel();

  constructor() {
    super();
    ChannelWorker.all.push(this);
    expose(program, this.#channel.port2);
    this.#channel.port1.onmessage = ({ data }: MessageEvent) =>
      this.dispatchEvent(new MessageEvent('message', { data }));
  }
  postMessage(message: unknown): void {
    if (!this.terminated) this.#channel.port1.postMessage(message);
  }
  terminate(): void {
    this.terminated = true;
    this.#channel.port1.close();
  }
  crash(message: string): void {
    this.dispatchEvent(Object.assign(new Event('error'), { message }));
  }
}

beforeAll(() => {
  vi.stubGlobal('Worker', ChannelWorker);
  vi.stubGlobal('location', new URL('https://site/'));
});
afterAll(() => vi.unstubAllGlobals());
beforeEach(() => (ChannelWorker.all = []));

function line(build = 'mine'): { line: WorkerLine<Api>; deaths: ErrorData[] } {
  const deaths: ErrorData[] = [];
  const words = { who: 'The worker', cure: 'Try again.', none: 'There is none.' };
  const kind = { address: '/a.js', name: 'a', words, greetSeconds: 60 };
  return {
    line: new WorkerLine<Api>({ ...kind, greet: (api) => api.hello(build) }, (error) => deaths.push(error)),
    deaths,
  };
}

const failed = (message: string) => ({ ok: false, error: expect.objectContaining({ message }) as unknown });

test('it is greeted and answers; without a worker the reply says so', async () => {
  const { line: held } = line();
  expect(await held.ask(60, (api) => api.double(1))).toEqual(failed('There is none.'));
  held.start();
  held.start();
  expect(await held.ask(60, (api) => api.double(2))).toEqual({ ok: true, value: 4 });
  expect(ChannelWorker.all).toHaveLength(1);
  held.stop();
  expect(ChannelWorker.all[0]?.terminated).toBe(true);
});

test('one that refuses the page is ended, and told by the reply alone', async () => {
  const { line: held, deaths } = line('other');
  held.start();
  expect(await held.ask(60, (api) => api.double(2))).toEqual(failed('Another build.'));
  expect([deaths, ChannelWorker.all[0]?.terminated]).toEqual([[], true]);
});

test('a crash answers what waits, is told once, and the next start starts another', async () => {
  const { line: held, deaths } = line();
  held.start();
  await held.ask(60, (api) => api.double(1));
  const waiting = held.ask(60, (api) => api.hang());
  ChannelWorker.all[0]?.crash('out of memory');
  ChannelWorker.all[0]?.crash('again');
  const said = 'The worker stopped: out of memory. Try again.';
  expect(await waiting).toEqual(failed(said));
  expect(deaths.map(({ message }) => message)).toEqual([said]);
  held.start();
  expect(await held.ask(60, (api) => api.double(3))).toEqual({ ok: true, value: 6 });
  held.stop();
});

test('one that is late is ended and told, unless it gives signs of life', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const { line: held, deaths } = line();
  held.start();
  await held.ask(60, (api) => api.double(1));
  let live: () => void = () => undefined;
  const late = held.ask(60, (api, alive) => {
    live = alive;
    return api.hang();
  });
  await Promise.resolve(); // it is greeted, so the call is under way
  for (let i = 0; i < 3; i++) {
    vi.advanceTimersByTime(59_000);
    live();
  }
  expect(deaths).toEqual([]);
  vi.advanceTimersByTime(60_000);
  expect(await late).toEqual(failed('The worker did not answer within 60 s. Try again.'));
  expect([deaths.length, ChannelWorker.all[0]?.terminated]).toEqual([1, true]);
  vi.useRealTimers();
});

test('what waits when the page ends it is answered, and nobody is told of a death', async () => {
  const { line: held, deaths } = line();
  held.start();
  const waiting = held.ask(60, (api) => api.hang());
  held.stop();
  expect(await waiting).toEqual(failed('The worker was ended.'));
  expect(deaths).toEqual([]);
});
