/** Two models that train on one device: each optimiser has moments of its own, and sharing them is refused. */
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { GraphError } from '../../src/base/errors.ts';
import { defaultsOf } from '../../src/base/parameters.ts';
import type { Device, Feeds } from '../../src/engine/backend.ts';
import { createGraph, float, type Graph } from '../../src/engine/graph.ts';
import { openReference } from '../../src/engine/reference/index.ts';
import { openWasm } from '../../src/engine/wasm/index.ts';
import type { Optimiser } from '../../src/training/optimiser.ts';
import { adamw, optimiserParameters } from '../../src/training/optimiser.ts';

const SIZE = 6;
const settings = { ...defaultsOf(optimiserParameters), lr: 0.1, warmup_steps: 0 };

/** Updates of blocks by name, each from a gradient that it is fed. */
function training(updates: Readonly<Record<string, Optimiser>>): Graph {
  const g = createGraph();
  for (const [name, optimiser] of Object.entries(updates)) {
    const gradient = g.feed(`gradient of ${name}`, float(SIZE));
    g.output(`norm of ${name}`, optimiser.update(g, g.state(name, float(SIZE)), [gradient]));
  }
  return g;
}

/** What updates are fed at a step; the blocks pull in different directions. */
function feeds(updates: Readonly<Record<string, Optimiser>>, step: number): Feeds {
  const all = Object.entries(updates).map(([name, optimiser]) => ({
    ...optimiser.feeds(settings, step),
    [`gradient of ${name}`]: Array.from({ length: SIZE }, (_, i) => Math.sin(i + step + name.length)),
  }));
  return Object.assign({}, ...all) as Feeds;
}

const read = async (device: Device, names: readonly string[]): Promise<number[][]> =>
  Promise.all(names.map(async (name) => [...(await device.read(name))]));

describe.each<[string, () => Promise<Device>]>([
  ['reference', () => Promise.resolve(openReference())],
  ['wasm', () => openWasm(() => readFile('src/engine/wasm/kernels.wasm'))],
])('%s', (_name, open) => {
  it('two blocks in one graph have no moments in common', async () => {
    const one = adamw();
    const both = async (): Promise<void> =>
      (await open()).load({ train: training({ policy: one, teacher: one }) });
    await expect(both()).rejects.toThrow(GraphError);
    await expect(both()).rejects.toThrow(/adam\.m/);
  });

  it('nor in two programs that are loaded together', async () => {
    const device = await open();
    const programs = { first: training({ policy: adamw() }), second: training({ teacher: adamw() }) };
    const error = await device.load(programs).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(GraphError);
    expect((error as GraphError).message).toMatch(
      /the moments adam\.m would be of both policy and teacher\. Give each/,
    );
  });

  it('nor in programs that are loaded later, while the moments are there', async () => {
    const device = await open();
    const policy = { policy: adamw() };
    await device.load({ train: training(policy) });
    await device.run('train', [feeds(policy, 1)]);
    const kept = await read(device, ['policy', 'adam.m', 'adam.v']);
    const refused = device.load({ train: training({ teacher: adamw() }) });
    await expect(refused).rejects.toThrow(GraphError);
    await expect(refused).rejects.toThrow(/of both (policy and teacher|teacher and policy)/);
    // what was refused has moved nothing, and the block of before goes on
    expect(await read(device, ['policy', 'adam.m', 'adam.v'])).toEqual(kept);
    await device.run('train', [feeds(policy, 2)]);
    expect(await read(device, ['policy'])).not.toEqual(kept.slice(0, 1));
  });

  it('once they are gone from the device they may be another block’s', async () => {
    const device = await open();
    await device.load({ train: training({ policy: adamw() }) });
    const g = createGraph();
    g.output('sum', g.apply('sum_last', [g.state('policy', float(SIZE))]));
    await device.load({ look: g });
    await expect(device.load({ train: training({ teacher: adamw() }) })).resolves.toBeUndefined();
  });

  it('several programs may train the same block', async () => {
    const device = await open();
    const policy = { policy: adamw() };
    await device.load({ first: training(policy), second: training(policy) });
    await device.run('first', [feeds(policy, 1)]);
    await device.run('second', [feeds(policy, 2)]);
    const alone = await open();
    await alone.load({ train: training(policy) });
    await alone.run('train', [feeds(policy, 1), feeds(policy, 2)]);
    const names = ['policy', 'adam.m', 'adam.v'];
    expect(await read(device, names)).toEqual(await read(alone, names));
  });

  it('with prefixes both train, and neither moves anything of the other', async () => {
    const optimisers = { policy: adamw('a.'), teacher: adamw('b.') };
    const start = Array.from({ length: SIZE }, (_, i) => i / 4);
    const begun = async (updates: Readonly<Record<string, Optimiser>>): Promise<Device> => {
      const device = await open();
      await device.load({ train: training(updates) });
      for (const name of Object.keys(updates)) device.write(name, Float32Array.from(start));
      return device;
    };
    const together = await begun(optimisers);
    const steps = (updates: Readonly<Record<string, Optimiser>>): Feeds[] =>
      [1, 2, 3].map((step) => feeds(updates, step));
    await together.run('train', steps(optimisers));
    for (const [name, optimiser] of Object.entries(optimisers)) {
      const own = { [name]: optimiser };
      const alone = await begun(own);
      await alone.run('train', steps(own));
      const names = [name, ...optimiser.states];
      const ended = await read(together, names);
      expect(ended).toEqual(await read(alone, names));
      expect(ended[0]).not.toEqual(start);
      for (const moments of ended.slice(1)) expect(moments.some((x) => x !== 0)).toBe(true);
    }
    const [policy, teacher] = await read(together, ['policy', 'teacher']);
    expect(policy).not.toEqual(teacher);
  });

  it('in two programs with prefixes, a step of one leaves the other as it is', async () => {
    const device = await open();
    const [policy, teacher] = [{ policy: adamw('a.') }, { teacher: adamw('b.') }];
    await device.load({ policy: training(policy), teacher: training(teacher) });
    await device.run('teacher', [feeds(teacher, 1)]);
    const names = ['teacher', 'b.adam.m', 'b.adam.v'];
    const before = await read(device, names);
    await device.run('policy', [feeds(policy, 1)]);
    expect(await read(device, names)).toEqual(before);
    expect((await read(device, ['policy']))[0]?.some((x) => x !== 0)).toBe(true);
  });
});
