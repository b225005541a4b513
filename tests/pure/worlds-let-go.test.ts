/** A world of data is let go with the next one: in the trainer's worker, in the teacher's, and on the page. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { setImmediate as turn } from 'node:timers/promises';
import { flushSync } from 'svelte';
import { beforeEach, expect, test, vi } from 'vitest';
import { BUILD } from '../../src/base/build.ts';
import { openInNode } from '../../src/cli/node-host.ts';
import { buildWorld } from '../../src/data/build.ts';
import type { EncodedWorld } from '../../src/data/encoded-world.ts';
import { packed, type PackedDataset } from '../../src/data/read/packed.ts';
import type * as DataWorlds from '../../src/data/world.ts';
import { lmConfig } from '../../src/models/lm/config.ts';
import { initialParameters } from '../../src/models/lm/initialise.ts';
import type { RunListener } from '../../src/session/run-handle.ts';
import type { Reply, TrainerEvent } from '../../src/session/protocol.ts';
import { createTeacher } from '../../src/session/teacher.ts';
import type { TeachApi, TeachEvent } from '../../src/session/teach-protocol.ts';
import { createTrainer } from '../../src/session/trainer.ts';
import type { TrainerApi } from '../../src/session/protocol.ts';
import { OwnData } from '../../src/state/data/own-data.svelte.ts';
import { StoredWorlds } from '../../src/state/data/stored-worlds.svelte.ts';
import { smallDataset } from '../support/small-data.ts';

/** Every world of data that was opened, in order, and what it was opened from; nothing here holds one. */
const opened = vi.hoisted(() => ({ worlds: [] as WeakRef<object>[], encoded: [] as WeakRef<object>[] }));
vi.mock('../../src/data/world.ts', async (original) => {
  const real = await original<typeof DataWorlds>();
  const noted =
    (open: typeof real.decodeWorld): typeof real.decodeWorld =>
    (encoded) => {
      const world = open(encoded);
      if (world.ok) opened.worlds.push(new WeakRef(world.value));
      opened.encoded.push(new WeakRef(encoded));
      return world;
    };
  return { ...real, decodeWorld: noted(real.decodeWorld), openChecked: noted(real.openChecked) };
});

const around = {
  openDevice: () => openInNode('wasm'),
  loadBase: () => Promise.reject(new Error('nothing is fetched for a world of data')),
  now: () => 0,
  pause: () => turn(),
  openKeeper: () => Promise.reject(new Error('nothing is kept')),
};

/** The page's handles without workers: what crosses is copied, as a message is. */
abstract class InProcess<A extends TrainerApi | TeachApi, E> {
  #runs = 0;
  #runId = '';
  constructor(
    protected readonly api: A,
    listener: RunListener<E>,
  ) {
    api.subscribe((event) => {
      if (event.runId === this.#runId) listener.event(structuredClone(event) as E);
    }, BUILD);
  }
  async open(options: object): Promise<Reply<unknown>> {
    this.#runId = `run-${++this.#runs}`;
    return structuredClone(await this.api.open(structuredClone({ runId: this.#runId, ...options }) as never));
  }
  async call(name: string, ...rest: unknown[]): Promise<Reply<unknown>> {
    const methods = this.api as unknown as Record<string, (...all: unknown[]) => Promise<Reply<unknown>>>;
    return structuredClone(await methods[name]?.(this.#runId, ...rest)) as Reply<unknown>;
  }
  close(): void {
    void this.call('pause');
    this.#runId = '';
  }
  stop(): void {
    this.#runId = '';
  }
}
vi.mock('../../src/session/trainer-handle.ts', () => {
  class TrainerHandle extends InProcess<TrainerApi, TrainerEvent> {
    constructor(listener: RunListener<TrainerEvent>) {
      super(createTrainer(around), listener);
    }
  }
  return { TrainerHandle };
});
vi.mock('../../src/session/teach-handle.ts', () => {
  class TeachHandle extends InProcess<TeachApi, TeachEvent> {
    constructor(listener: RunListener<TeachEvent>) {
      super(createTeacher(around), listener);
    }
    async build(...asked: Parameters<TeachApi['build']>): ReturnType<TeachApi['build']> {
      return structuredClone(await this.api.build(...structuredClone(asked)));
    }
  }
  return { TeachHandle };
});

const CHOICES = { vocabulary: 'words', words: 200, context: 32 } as const;

function packedOf(pairs: number): PackedDataset {
  const { name, pairs: rows } = smallDataset(pairs, `${pairs}.jsonl`);
  return { name, pairs: packed(rows) };
}

function encodedOf(pairs: number): EncodedWorld {
  const built = buildWorld(smallDataset(pairs, `${pairs}.jsonl`), CHOICES);
  if (!built.ok) throw new Error(JSON.stringify(built.issues));
  return built.value.encoded;
}

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Which of them are still there after a collection, as numbers from 0. */
async function alive(refs: readonly WeakRef<object>[]): Promise<number[]> {
  // a WeakRef that was read or made in a turn is held to its end; what is freed may free more
  for (let i = 0; i < 5; i++) {
    flushSync();
    await turn();
    collect();
  }
  return refs.flatMap((ref, i) => (ref.deref() === undefined ? [] : [i]));
}

beforeEach(() => {
  opened.worlds = [];
  opened.encoded = [];
});

test('a trainer that opens a second world of data lets the first one go', async () => {
  const trainer = createTrainer(around);
  trainer.subscribe(() => undefined, BUILD);
  const openOn = async (pairs: number): Promise<void> => {
    const encoded = encodedOf(pairs);
    const config = lmConfig('nano', encoded.vocabulary.words.length, encoded.context);
    const reply = await trainer.open({
      runId: String(pairs),
      site: '',
      recipe: {
        version: 1,
        world: encoded.name,
        model: { size: 'nano' },
        labels: { rule: 'labels', count: 8 },
      },
      backend: 'wasm',
      prompt: '',
      own: { encoded, bases: { nano: Float32Array.from(initialParameters(config, 0)) } },
    });
    if (!reply.ok) throw new Error(reply.error.message);
    const stepped = await trainer.step(String(pairs));
    if (!stepped.ok) throw new Error(stepped.error.message);
  };
  await openOn(40);
  expect(await alive(opened.worlds)).toEqual([0]);
  await openOn(50);
  expect(await alive(opened.worlds)).toEqual([1]);
  expect(await alive(opened.encoded)).toEqual([1]);
  await trainer.close();
  // held for another run on it
  await openOn(50);
  expect(opened.worlds).toHaveLength(2);
});

test('a page with a second file in view lets all of the first one go', async () => {
  const own = new OwnData(new StoredWorlds());
  own.choices = CHOICES;
  const labOn = async (pairs: number): Promise<void> => {
    await own.take(packedOf(pairs));
    own.teaching = { size: 'nano', steps: 1 };
    await own.teach();
    await vi.waitUntil(() => own.phase === 'finished');
    await own.use();
    expect(own.problem).toBeNull();
    expect(own.lab?.run.alive).toBe(true);
  };
  await labOn(40);
  const first = opened.worlds.length;
  expect(await alive(opened.worlds)).not.toEqual([]);
  await labOn(50);
  expect(opened.worlds.length).toBeGreaterThan(first);
  const left = await alive(opened.worlds);
  expect(left).not.toEqual([]);
  expect(left.filter((i) => i < first)).toEqual([]);
  expect((await alive(opened.encoded)).filter((i) => i < first)).toEqual([]);
  own.leave();
  expect(await alive(opened.worlds)).toEqual([]);
});
