// What changes quicker than it can be sent: only the newest is sent, and nothing is lost or sent twice.
import { expect, test } from 'vitest';
import { Newest } from '../../src/state/run/newest.ts';

/** A sender whose sendings end when they are told to. */
function slow(): {
  sent: string[];
  send: (value: number, name: string) => Promise<void>;
  go: () => Promise<void>;
} {
  const sent: string[] = [];
  const open: (() => void)[] = [];
  return {
    sent,
    send: (value, name) => {
      sent.push(`${name} ${value}`);
      return new Promise((resolve) => open.push(resolve));
    },
    go: async () => {
      open.shift()?.();
      await new Promise((resolve) => setTimeout(resolve));
    },
  };
}

const tick = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

test('what comes while one thing is on its way waits, the newest of each name alone', async () => {
  const { sent, send, go } = slow();
  const newest = new Newest<number>(() => Promise.resolve(true), send);
  const all = [newest.put(1, 'a'), newest.put(2, 'a'), newest.put(3, 'a')];
  await tick();
  all.push(newest.put(4, 'a'), newest.put(5, 'b'), newest.put(6, 'a'));
  await tick();
  expect(sent).toEqual(['a 3']);
  await go();
  expect(sent).toEqual(['a 3', 'a 6']);
  await go();
  await go();
  await Promise.all(all);
  expect(sent).toEqual(['a 3', 'a 6', 'b 5']);
});

test('it can be put again after all was sent, and a put resolves only then', async () => {
  const { sent, send, go } = slow();
  const newest = new Newest<number>(() => Promise.resolve(true), send);
  let done = false;
  void newest.put(1).then(() => (done = true));
  await tick();
  expect(done).toBe(false);
  await go();
  expect(done).toBe(true);
  void newest.put(2);
  await tick();
  expect(sent).toEqual([' 1', ' 2']);
});

test('what is dropped, or has nobody to go to, is not sent', async () => {
  const { sent, send } = slow();
  let ready = false;
  const newest = new Newest<number>(() => Promise.resolve(ready), send);
  await newest.put(1, 'a');
  await newest.put(2, 'b');
  expect([sent, newest.waiting('a')]).toEqual([[], 1]);
  newest.drop((name) => name === 'a');
  ready = true;
  void newest.put(3, 'c');
  await tick();
  expect([sent, newest.waiting('a')]).toEqual([['b 2'], undefined]);
});

test('what is dropped before anybody is there leaves the sender free for the next', async () => {
  const { sent, send } = slow();
  const newest = new Newest<number>(() => Promise.resolve(true), send);
  const put = newest.put(1);
  newest.drop();
  await put;
  void newest.put(2);
  await tick();
  expect(sent).toEqual([' 2']);
});
