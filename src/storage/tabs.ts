/**
 * Several tabs on one project: one of them is the writer (settings, runs, compaction), chosen by a Web Lock; label events
 * are written by all. The others follow by messages. Without Web Locks every tab is a writer: label events still merge,
 * and of two settings the newer stays. Without BroadcastChannel a tab learns of the others when it asks (`eventsSince`).
 */
import type { StoredEvent } from './events.ts';
import { plainEvent, readEvent } from './events.ts';

export type TabMessage =
  /** `kept`: already in the database. Events that are not are in the sender's memory only: whoever can keeps them. */
  | { kind: 'events'; events: StoredEvent[]; kept: boolean }
  /** The settings in the database changed. */
  | { kind: 'settings' }
  /** A run was begun, went on or was deleted. */
  | { kind: 'run'; run: string }
  /** A project was made, renamed or deleted. */
  | { kind: 'projects' };

/** What the tabs say about who is the writer. */
type Courtesy = { kind: 'writer' } | { kind: 'yield'; to: string };

interface Envelope {
  /** Other versions are not heard: their events are read from the database. */
  protocol: 1;
  project: string;
  from: string;
  message: TabMessage | Courtesy;
}

/** `waiting`: not yet known whether another tab is the writer. */
export type Role = 'waiting' | 'writer' | 'follower';

export interface ChannelLike {
  postMessage(message: unknown): void;
  onmessage: ((event: MessageEvent) => void) | null;
  close(): void;
}

export interface TabsAround {
  locks: Pick<LockManager, 'request'> | undefined;
  openChannel: ((name: string) => ChannelLike) | undefined;
}

export function browserTabs(): TabsAround {
  return {
    // undefined outside of secure contexts, whatever the types say
    locks: (globalThis.navigator as Partial<Navigator> | undefined)?.locks,
    openChannel: typeof BroadcastChannel === 'undefined' ? undefined : (name) => new BroadcastChannel(name),
  };
}

export interface TabsOptions {
  project: string;
  /** This tab's id: its event writer's. */
  tab: string;
  onMessage(message: TabMessage, from: string): void;
  onRole(role: Role): void;
  /** Called before the lock is given away, to finish what is being written. */
  beforeYield?(): Promise<void>;
  /** How long others step aside for the tab that asked to be the writer. */
  yieldSeconds?: number;
}

export interface Tabs {
  readonly role: Role;
  post(message: TabMessage): void;
  /** Asks the writer to step aside; false if it did not in time (then the visitor may close that tab). */
  takeOver(seconds?: number): Promise<boolean>;
  /** Gives up lock and channel. */
  leave(): void;
}

const CHANNEL = 'swayground-tabs';

export function joinTabs(around: TabsAround, options: TabsOptions): Tabs {
  const { project, tab, yieldSeconds = 5 } = options;
  let role: Role = 'waiting';
  let left = false;
  /** Not null while this tab holds the lock. */
  let release: (() => void) | null = null;
  let queue: AbortController | null = null;
  /** Ends the stepping aside. */
  let back = (): void => undefined;
  const waiting = new Set<() => void>();
  const channel = open(around);

  const setRole = (next: Role): void => {
    if (role === next || left) return;
    role = next;
    if (next === 'writer') {
      send({ kind: 'writer' });
      for (const done of waiting) done();
    }
    options.onRole(next);
  };

  const send = (message: TabMessage | Courtesy): void => {
    const envelope: Envelope = { protocol: 1, project, from: tab, message: plain(message) };
    if (!left) channel?.postMessage(envelope);
  };

  /** Holds the lock until it is released; comes back at once when `ifAvailable` finds it taken. */
  const ask = (ifAvailable: boolean): void => {
    const { locks } = around;
    if (!locks || left) return;
    queue = new AbortController();
    const how = ifAvailable ? { ifAvailable } : { signal: queue.signal };
    const held = locks.request(`swayground-writer-${project}`, how, (lock) => {
      if (left) return;
      if (lock === null) {
        setRole('follower');
        ask(false);
        return;
      }
      return new Promise<void>((resolve) => {
        release = resolve;
        setRole('writer');
      });
    });
    held.catch(() => {
      if (role === 'waiting') setRole('writer'); // locks are refused here: as without them
    });
  };

  /** Lets `to` have the lock: out of the queue until it has it, or has not come in time. */
  const stepAside = async (to: string): Promise<void> => {
    if (to === tab || left || !around.locks) return;
    queue?.abort();
    if (role === 'writer') {
      await options.beforeYield?.();
      setRole('follower');
      release?.();
      release = null;
    }
    await Promise.race([new Promise<void>((resolve) => (back = resolve)), pause(yieldSeconds)]);
    if (!left && release === null) ask(false);
  };

  const hear = ({ data }: MessageEvent): void => {
    const envelope = readEnvelope(data, project);
    if (!envelope || left) return;
    const { message, from } = envelope;
    if (message.kind === 'yield') void stepAside(message.to);
    else if (message.kind === 'writer') back();
    else options.onMessage(message, from);
  };

  if (channel) channel.onmessage = hear;
  if (around.locks) ask(true);
  else setRole('writer');

  return {
    get role() {
      return role;
    },
    post: send,
    takeOver: async (seconds = 5) => {
      if (role === 'writer') return true;
      send({ kind: 'yield', to: tab });
      let done = (): void => undefined;
      const became = new Promise<void>((resolve) => waiting.add((done = resolve)));
      await Promise.race([became, pause(seconds)]);
      waiting.delete(done);
      return (role as Role) === 'writer';
    },
    leave: () => {
      left = true;
      queue?.abort();
      release?.();
      channel?.close();
    },
  };
}

/** Events in the form that they are stored in. */
function plain(message: TabMessage | Courtesy): Envelope['message'] {
  if (message.kind !== 'events') return message;
  return { ...message, events: message.events.map(plainEvent) as StoredEvent[] };
}

/** Null for what is not of this project, not of this protocol, or not well formed. */
function readEnvelope(data: unknown, project: string): Pick<Envelope, 'from' | 'message'> | null {
  if (!isObject(data) || data['protocol'] !== 1 || data['project'] !== project) return null;
  const { from, message } = data;
  if (typeof from !== 'string' || !isObject(message)) return null;
  const { kind, to, run, events, kept } = message;
  switch (kind) {
    case 'writer':
    case 'settings':
    case 'projects':
      return { from, message: { kind } };
    case 'yield':
      return typeof to === 'string' ? { from, message: { kind, to } } : null;
    case 'run':
      return typeof run === 'string' ? { from, message: { kind, run } } : null;
    case 'events': {
      if (!Array.isArray(events)) return null;
      const read = events.flatMap((event) => readEvent(event) ?? []);
      return { from, message: { kind, events: read, kept: kept === true } };
    }
    default:
      return null;
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

function open({ openChannel }: TabsAround): ChannelLike | null {
  try {
    return openChannel?.(CHANNEL) ?? null;
  } catch {
    return null; // an opaque origin
  }
}

const pause = (seconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, seconds * 1000));
