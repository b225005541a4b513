/** The WASM device: states survive a new layout, wrong feeds are refused, a bad index stops a run and harms nothing. */
import { readFile } from 'node:fs/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { BackendUnavailableError, ShapeError, UnknownNameError } from '../../src/base/errors.ts';
import type { Graph } from '../../src/engine/graph.ts';
import { createGraph, float, integer } from '../../src/engine/graph.ts';
import { openWasm } from '../../src/engine/wasm/index.ts';

const bytes = () => readFile('src/engine/wasm/kernels.wasm');

/** Adds feed `x` to state `sum`, one a replica; output `twice` is twice the new sum. */
function adder(n: number, replicas = 1, extra = 0): Graph {
  const g = createGraph(replicas);
  const sum = g.state('sum', float(n), { replicated: true });
  const x = g.feed('x', float(n));
  g.apply('copy', [sum, g.apply('add', [sum, x])]);
  g.output('twice', g.apply('affine', [sum], { scale: 2, shift: 0 }));
  if (extra > 0) g.output('big', g.apply('expand_last', [g.apply('sum_last', [x])], { n: extra }));
  return g;
}

describe('states', () => {
  it('start as zeros and keep their values from run to run', async () => {
    const device = await openWasm(bytes);
    await device.load({ main: adder(3) });
    expect([...(await device.read('sum'))]).toEqual([0, 0, 0]);
    const outputs = await device.run('main', [{ x: [1, 2, 3] }, { x: [1, 1, 1] }]);
    expect(outputs.map((o) => [...(o['twice'] ?? [])])).toEqual([
      [2, 4, 6],
      [4, 6, 8],
    ]);
    expect([...(await device.read('sum'))]).toEqual([2, 3, 4]);
  });

  it('keep their values when the arena grows and shrinks, and only when their size stays', async () => {
    const device = await openWasm(bytes);
    await device.load({ main: adder(3) });
    device.write('sum', [5, 6, 7]);
    const small = device.arenaBytes;
    await device.load({ other: adder(5, 1, 300_000), main: adder(5, 1, 10) });
    expect([...(await device.read('sum'))]).toEqual([0, 0, 0, 0, 0]);
    expect(device.arenaBytes).toBeGreaterThan(1_000_000);
    device.write('sum', [1, 2, 3, 4, 5]);
    await device.load({ main: adder(5, 1, 500_000) });
    expect([...(await device.read('sum'))]).toEqual([1, 2, 3, 4, 5]);
    const [out] = await device.run('main', [{ x: [0, 0, 0, 0, 1] }]);
    expect([...(out?.['twice'] ?? [])]).toEqual([2, 4, 6, 8, 12]);
    expect(out?.['big']?.[499_999]).toBe(1);
    await device.load({ main: adder(5) });
    expect([...(await device.read('sum'))]).toEqual([1, 2, 3, 4, 6]);
    expect(device.arenaBytes).toBeLessThan(small + 200);
  });

  it('hold one value a replica, one replica after the other', async () => {
    const device = await openWasm(bytes);
    await device.load({ main: adder(3, 2) });
    device.write('sum', [1, 2, 3, 10, 20, 30]);
    const [out] = await device.run('main', [{ x: [1, 1, 1] }]);
    expect([...(await device.read('sum'))]).toEqual([2, 3, 4, 11, 21, 31]);
    expect([...(out?.['twice'] ?? [])]).toEqual([4, 6, 8, 22, 42, 62]);
  });
});

describe('mistakes', () => {
  it('in names and lengths are named, and nothing runs', async () => {
    const device = await openWasm(bytes);
    await device.load({ main: adder(3) });
    await expect(device.run('mein', [{}])).rejects.toThrow(UnknownNameError);
    await expect(device.run('main', [{ x: [1, 2, 3] }, {}])).rejects.toThrow(/no feed x/);
    await expect(device.run('main', [{ x: [1, 2, 3] }, { x: [1, 2] }])).rejects.toThrow(ShapeError);
    expect([...(await device.read('sum'))]).toEqual([0, 0, 0]);
    await expect(device.read('summe')).rejects.toThrow(UnknownNameError);
    expect(() => device.write('sum', [1])).toThrow(ShapeError);
  });

  it.each([-1, 4, 2 ** 30])('row %d of a table of 4 stops the run with the op that read it', async (row) => {
    const device = await openWasm(bytes);
    const g = createGraph();
    const table = g.state('table', float(4, 2));
    g.output('y', g.apply('gather', [table, g.feed('index', integer(1))]));
    await device.load({ main: g });
    await expect(device.run('main', [{ index: [row] }])).rejects.toThrow(/main: gather/);
    const [out] = await device.run('main', [{ index: [3] }]);
    expect([...(out?.['y'] ?? [])]).toEqual([0, 0]);
  });
});

describe('a machine that can not run it', () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it('without SIMD says so', async () => {
    vi.spyOn(WebAssembly, 'validate').mockReturnValue(false);
    await expect(openWasm(bytes)).rejects.toThrow(BackendUnavailableError);
  });

  it('given another module, or no module, says so', async () => {
    const empty = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0);
    await expect(openWasm(async () => empty)).rejects.toThrow(/lacks .*matmul/);
    await expect(openWasm(async () => Uint8Array.of(60, 104, 116, 109, 108))).rejects.toThrow(
      BackendUnavailableError,
    );
  });

  it('asked for more memory than there is says how much, and keeps what it had', async () => {
    const device = await openWasm(bytes);
    await device.load({ main: adder(3) });
    device.write('sum', [1, 2, 3]);
    await expect(device.load({ main: adder(3, 1, 2 ** 31) })).rejects.toThrow(/needs 8\d{3} MB/);
    const [out] = await device.run('main', [{ x: [0, 0, 0] }]);
    expect([...(out?.['twice'] ?? [])]).toEqual([2, 4, 6]);
  });
});
