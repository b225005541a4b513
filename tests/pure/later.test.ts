/** What a worker answers while its program loads, through comlink as a page does: all of it, in order. */
import { expose, wrap } from 'comlink';
import { expect, it } from 'vitest';
import { later } from '../../src/session/later.ts';

interface Api {
  say(word: string): string[];
  fail(): void;
}

it('messages that come before the program has loaded are answered in their order', async () => {
  let load: (api: object) => void = () => undefined;
  const { port1, port2 } = new MessageChannel();
  expose(later(new Promise<object>((resolve) => (load = resolve))), port1);
  const api = wrap<Api>(port2);
  const early = Promise.all([api.say('a'), api.say('b')]);
  await new Promise((resolve) => setTimeout(resolve, 20));
  const words: string[] = [];
  load({
    say: (word: string) => {
      words.push(word);
      return [...words];
    },
    fail: () => {
      throw new Error('no');
    },
  });
  expect(await early).toEqual([['a'], ['a', 'b']]);
  expect(await api.say('c')).toEqual(['a', 'b', 'c']);
  await expect(api.fail()).rejects.toThrow('no');
  port1.close();
});

it('a program that cannot be loaded is the answer to every message', async () => {
  const { port1, port2 } = new MessageChannel();
  expose(later(Promise.reject(new Error('404'))), port1);
  const api = wrap<Api>(port2);
  for (const word of ['a', 'b']) await expect(api.say(word)).rejects.toThrow(/could not be loaded \(404\)/);
  port1.close();
});
