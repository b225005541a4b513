// Tabs: one writer by lock, the others follow; take-over without stealing; what is heard is checked.
import { expect, test, vi } from 'vitest';
import type { ChannelLike, Role, TabMessage, Tabs, TabsAround, TabsOptions } from '../../src/storage/tabs.ts';
import { joinTabs } from '../../src/storage/tabs.ts';
import { judgements } from '../support/storage.ts';

/** Channels between the tabs of one browser. */
function channels(): { openChannel: (name: string) => ChannelLike; say: (data: unknown) => void } {
  const all = new Set<ChannelLike>();
  const deliver = (from: ChannelLike | null, data: unknown): void => {
    for (const to of all) {
      if (to === from) continue;
      const copy: unknown = structuredClone(data);
      setTimeout(() => to.onmessage?.({ data: copy } as MessageEvent));
    }
  };
  const openChannel = (): ChannelLike => {
    const channel: ChannelLike = {
      onmessage: null,
      postMessage: (data) => deliver(channel, data),
      close: () => all.delete(channel),
    };
    all.add(channel);
    return channel;
  };
  return { openChannel, say: (data) => deliver(null, data) };
}

/** Web Locks of one browser: exclusive, in the order of asking, `ifAvailable` and `signal`. */
function locks(): Pick<LockManager, 'request'> {
  const held = new Set<string>();
  const queues = new Map<string, (() => void)[]>();
  const grant = async (name: string, work: (lock: Lock | null) => unknown): Promise<unknown> => {
    held.add(name);
    try {
      return await work({ name, mode: 'exclusive' });
    } finally {
      held.delete(name);
      queues.get(name)?.shift()?.();
    }
  };
  const request = async (
    name: string,
    { ifAvailable, signal }: LockOptions,
    work: (lock: Lock | null) => unknown,
  ): Promise<unknown> => {
    await Promise.resolve();
    if (!held.has(name)) return grant(name, work);
    if (ifAvailable === true) return work(null);
    const queue = queues.get(name) ?? [];
    queues.set(name, queue);
    await new Promise<void>((resolve, reject) => {
      queue.push(resolve);
      signal?.addEventListener('abort', () => {
        if (queue.includes(resolve)) queue.splice(queue.indexOf(resolve), 1);
        reject(new DOMException('aborted', 'AbortError'));
      });
    });
    return grant(name, work);
  };
  return { request: request as LockManager['request'] };
}

interface Joined extends Tabs {
  heard: TabMessage[];
  roles: Role[];
}

function join(around: TabsAround, tab: string, options: Partial<TabsOptions> = {}): Joined {
  const heard: TabMessage[] = [];
  const roles: Role[] = [];
  const tabs = joinTabs(around, {
    project: 'p',
    tab,
    onMessage: (message) => heard.push(message),
    onRole: (role) => roles.push(role),
    yieldSeconds: 0.2,
    ...options,
  });
  return Object.defineProperties({ heard, roles } as Joined, Object.getOwnPropertyDescriptors(tabs));
}

const browser = (): TabsAround & { say: (data: unknown) => void } => ({ locks: locks(), ...channels() });
const become = (tab: Tabs, role: Role) => vi.waitFor(() => expect(tab.role).toBe(role));
const messages = (): [TabMessage, TabMessage] => [
  { kind: 'events', events: judgements('a', 2), kept: true },
  { kind: 'run', run: 'r1' },
];

test('the first is the writer; when it leaves, the next one is', async () => {
  const around = browser();
  const a = join(around, 'a');
  await become(a, 'writer');
  const b = join(around, 'b');
  await become(b, 'follower');
  a.leave();
  await become(b, 'writer');
  expect(b.roles).toEqual(['follower', 'writer']);
  b.leave();
});

test('each project has a writer of its own', async () => {
  const around = browser();
  const a = join(around, 'a');
  const other = join(around, 'b', { project: 'q' });
  await become(a, 'writer');
  await become(other, 'writer');
  a.post({ kind: 'projects' });
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(other.heard).toEqual([]);
  a.leave();
  other.leave();
});

test('a follower takes over, past others that wait, once the writer has finished; later it may be taken back', async () => {
  const around = browser();
  let finished = false;
  const a = join(around, 'a', {
    beforeYield: async () => {
      await new Promise((resolve) => setTimeout(resolve, 30));
      finished = true;
    },
  });
  await become(a, 'writer');
  const b = join(around, 'b');
  await become(b, 'follower');
  const c = join(around, 'c');
  await become(c, 'follower');
  expect(await c.takeOver(2)).toBe(true);
  expect(finished).toBe(true);
  await become(a, 'follower');
  expect([a.role, b.role, c.role]).toEqual(['follower', 'follower', 'writer']);
  expect(await a.takeOver(2)).toBe(true);
  await become(c, 'follower');
  // both that stepped aside are in the queue again
  a.leave();
  await vi.waitFor(() => expect([b.role, c.role].filter((role) => role === 'writer')).toHaveLength(1));
  const [next, last] = b.role === 'writer' ? [b, c] : [c, b];
  next.leave();
  await become(last, 'writer');
  last.leave();
});

test('a writer that does not answer keeps the lock: the other is told after the deadline', async () => {
  const around = browser();
  const a = join(around, 'a', { beforeYield: () => new Promise(() => undefined) });
  await become(a, 'writer');
  const b = join(around, 'b');
  await become(b, 'follower');
  expect(await b.takeOver(0.05)).toBe(false);
  expect([a.role, b.role]).toEqual(['writer', 'follower']);
  a.leave();
  b.leave();
});

test('a tab that asked and then died does not leave the others without a writer', async () => {
  const around = browser();
  const a = join(around, 'a');
  await become(a, 'writer');
  const b = join(around, 'b');
  await become(b, 'follower');
  around.say({ protocol: 1, project: 'p', from: 'dead', message: { kind: 'yield', to: 'dead' } });
  await vi.waitFor(() => expect(a.roles.slice(0, 2)).toEqual(['writer', 'follower']));
  await vi.waitFor(() => expect([a.role, b.role].sort()).toEqual(['follower', 'writer']));
  a.leave();
  b.leave();
});

test('messages arrive as they were sent; others are not heard', async () => {
  const around = browser();
  const a = join(around, 'a');
  const b = join(around, 'b');
  const sent = messages();
  for (const message of sent) a.post(message);
  await vi.waitFor(() => expect(b.heard).toEqual(sent));
  expect(a.heard).toEqual([]);
  const good = { protocol: 1, project: 'p', from: 'x', message: { kind: 'settings' } };
  const bad: unknown[] = [
    null,
    'text',
    { ...good, protocol: 2 },
    { ...good, project: 'q' },
    { ...good, from: 7 },
    { ...good, message: null },
    { ...good, message: { kind: 'run' } },
    { ...good, message: { kind: 'events' } },
    { ...good, message: { kind: 'of the future' } },
  ];
  for (const data of bad) around.say(data);
  around.say({
    ...good,
    message: { kind: 'events', kept: 1, events: [null, { id: 'x' }, ...judgements('y', 1)] },
  });
  around.say(good);
  await vi.waitFor(() => expect(b.heard.at(-1)).toEqual({ kind: 'settings' }));
  expect(b.heard.slice(2)).toEqual([
    { kind: 'events', kept: false, events: judgements('y', 1) },
    { kind: 'settings' },
  ]);
  a.leave();
  b.leave();
});

test('without locks every tab is a writer; without channels nothing breaks', async () => {
  const refusing: TabsAround = {
    locks: { request: () => Promise.reject(new DOMException('no', 'SecurityError')) },
    openChannel: () => {
      throw new DOMException('no', 'SecurityError');
    },
  };
  for (const around of [{ locks: undefined, openChannel: undefined }, refusing]) {
    const a = join(around, 'a');
    const b = join(around, 'b');
    await become(a, 'writer');
    await become(b, 'writer');
    a.post({ kind: 'settings' });
    expect(await a.takeOver(0.01)).toBe(true);
    a.leave();
    b.leave();
  }
});

test('a tab that has left says and hears nothing', async () => {
  const around = browser();
  const a = join(around, 'a');
  const b = join(around, 'b');
  await become(a, 'writer');
  b.leave();
  b.post({ kind: 'settings' });
  a.post({ kind: 'settings' });
  a.leave();
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect([a.heard, b.heard]).toEqual([[], []]);
});
