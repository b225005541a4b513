/** What the WebGPU device promises beyond its ops: order, kept states, replicas, and clear errors when it goes away. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  BackendUnavailableError,
  DeviceLostError,
  ShapeError,
  StateError,
  UnknownNameError,
} from '../../src/base/errors.ts';
import type { Device } from '../../src/engine/backend.ts';
import type { Graph } from '../../src/engine/graph.ts';
import { createGraph, float, integer } from '../../src/engine/graph.ts';
import { openReference } from '../../src/engine/reference/index.ts';
import type { OpName } from '../../src/engine/types.ts';
import { openWebgpu, openWebgpuOn } from '../../src/engine/webgpu/index.ts';
import { casesOf, runCase, worstError } from '../support/check-op.ts';
import { TOLERANCE } from '../support/tolerance.ts';

/** total += x; gives the total before, and after. */
function accumulator(size: number, replicas = 1): Graph {
  const g = createGraph(replicas);
  const placement = { replicated: replicas > 1 };
  const total = g.state('total', float(size), placement);
  const sum = g.apply('add', [total, g.feed('x', float(size), placement)]);
  g.output('before', g.apply('affine', [total], { scale: 1, shift: 0 }));
  g.apply('copy', [total, sum]);
  g.output('after', sum);
  return g;
}

const numbers = (n: number, first = 0): number[] => Array.from({ length: n }, (_, i) => first + i);

let gpu: GPUDevice;
let device: Device;
beforeEach(async () => {
  const adapter = await navigator.gpu.requestAdapter();
  gpu = await adapter!.requestDevice({ requiredFeatures: ['subgroups'] });
  device = openWebgpuOn(gpu, adapter!.info);
});
afterEach(() => {
  device.dispose();
});

describe('runs', () => {
  it('gives the outputs of several runs in flight in order', async () => {
    await device.load({ add: accumulator(3) });
    const groups = await Promise.all([
      device.run('add', [{ x: [1, 2, 3] }, { x: [10, 20, 30] }]),
      device.run('add', [{ x: [100, 200, 300] }]),
      device.run('add', [{ x: [0, 0, 0] }, { x: [0, 0, 1000] }, { x: [1, 1, 1] }]),
    ]);
    const after = groups.flat().map(({ after }) => [...after!]);
    expect(after).toEqual([
      [1, 2, 3],
      [11, 22, 33],
      [111, 222, 333],
      [111, 222, 333],
      [111, 222, 1333],
      [112, 223, 1334],
    ]);
    expect([...(await device.read('total'))]).toEqual([112, 223, 1334]);
  });

  it('says when all is compiled', async () => {
    await device.load({ add: accumulator(3) });
    await device.compiled?.();
    const [out] = await device.run('add', [{ x: [1, 2, 3] }]);
    expect([...out!['after']!]).toEqual([1, 2, 3]);
    gpu.destroy();
    await device.lost;
    await expect(device.compiled?.()).rejects.toThrow(DeviceLostError);
  });

  it('keeps runs, writes, reads and loads in order while kernels compile', async () => {
    await device.load({ add: accumulator(2) });
    const first = device.run('add', [{ x: [1, 2] }]);
    device.write('total', [10, 20]);
    const written = device.read('total');
    const second = device.run('add', [{ x: [1, 2] }]);
    const wider = device.load({ add: accumulator(2), other: accumulator(2) });
    device.write('total', [100, 200]);
    await wider;
    const third = device.run('other', [{ x: [1, 2] }]);
    const after = await Promise.all([first, second, third]);
    expect([...(await written)]).toEqual([10, 20]);
    expect(after.flat().map((out) => [...out['after']!])).toEqual([
      [1, 2],
      [11, 22],
      [101, 202],
    ]);
  });

  it('runs once per element of feeds, none for none', async () => {
    await device.load({ add: accumulator(1) });
    expect(await device.run('add', [])).toEqual([]);
    const many = await device.run(
      'add',
      numbers(40).map(() => ({ x: [1] })),
    );
    expect(many.map(({ before }) => before![0])).toEqual(numbers(40));
  });

  it('answers a program without outputs', async () => {
    const g = createGraph();
    const total = g.state('total', float(2));
    g.apply('copy', [total, g.feed('x', float(2))]);
    await device.load({ set: g });
    expect(await device.run('set', [{ x: [4, 5] }])).toEqual([{}]);
    expect([...(await device.read('total'))]).toEqual([4, 5]);
  });

  it('refuses missing feeds, wrong lengths and unknown names', async () => {
    await device.load({ add: accumulator(3) });
    await expect(device.run('add', [{}])).rejects.toThrow(UnknownNameError);
    await expect(device.run('add', [{ x: [1, 2] }])).rejects.toThrow(ShapeError);
    await expect(device.run('subtract', [])).rejects.toThrow(/no program is called subtract.*add/);
    await expect(device.read('tota')).rejects.toThrow(/no state is called tota.*total/);
    expect(() => device.write('total', [1])).toThrow(ShapeError);
  });

  it('keeps the bits of whole numbers', async () => {
    const g = createGraph();
    g.output('y', g.apply('gather', [g.feed('table', integer(3)), g.feed('index', integer(2))]));
    await device.load({ pick: g });
    const [out] = await device.run('pick', [{ table: [1, -7, 2147483647], index: [2, 1] }]);
    expect(out!['y']).toEqual(Int32Array.of(2147483647, -7));
  });

  it('computes two replicas as it computes two models', async () => {
    const values = [numbers(5), numbers(5, 50)];
    await device.load({ add: accumulator(5) });
    const single = [];
    for (const x of values) {
      device.write('total', numbers(5, 7));
      await device.run('add', [{ x }]);
      single.push(...(await device.read('total')));
    }
    await device.load({ add: accumulator(5, 2) });
    device.write('total', [...numbers(5, 7), ...numbers(5, 7)]);
    const [out] = await device.run('add', [{ x: values.flat() }]);
    expect([...out!['after']!]).toEqual(single);
    expect([...(await device.read('total'))]).toEqual(single);
  });
});

describe('load', () => {
  it('keeps states of the same name and size, zeros the others', async () => {
    await device.load({ add: accumulator(3) });
    await device.run('add', [{ x: [1, 2, 3] }]);
    const g = createGraph();
    g.state('first', float(100));
    g.output('y', g.apply('neg', [g.state('total', float(3))]));
    await device.load({ negate: g });
    expect([...(await device.run('negate', [{}]))[0]!['y']!]).toEqual([-1, -2, -3]);
    expect([...(await device.read('first'))]).toEqual(numbers(100).map(() => 0));
    await expect(device.run('add', [])).rejects.toThrow(UnknownNameError);
    await device.load({ add: accumulator(4) });
    expect([...(await device.read('total'))]).toEqual([0, 0, 0, 0]);
  });

  it('says what to do when the arena does not fit', async () => {
    const g = createGraph();
    const half = 2 ** 27; // words; two of them are 1 GB, the default limit of a binding is 128 MB
    g.output('y', g.apply('add', [g.state('a', float(half)), g.state('b', float(half))]));
    await expect(device.load({ big: g })).rejects.toThrow(/takes 1536 MB.*smaller model/);
  });
});

/** Ops with kernels of their own for devices on the CPU. */
const TWICE: readonly OpName[] = [
  'matmul',
  'scatter_add',
  'rms_norm',
  'rms_norm_dx',
  'rms_norm_dw',
  'attention',
  'attention_grad',
  'token_logp',
  'token_logp_grad',
  'token_entropy',
  'token_entropy_grad',
  'token_kl',
  'token_kl_grad',
  'token_kl_grad_q',
  'token_sum_p_squared',
];

describe('kernels for a real GPU', () => {
  // the tests run on the CPU, which has kernels of its own
  let hardware: Device;
  beforeEach(() => {
    const info = { vendor: '', architecture: '', description: '', isFallbackAdapter: false };
    hardware = openWebgpuOn(gpu, info);
  });

  it.each(TWICE)('%s agrees with the reference', async (op) => {
    for (const run of casesOf(op)) {
      const [got, want] = [await runCase(hardware, run), await runCase(openReference(), run)];
      const { error, at } = worstError(got, want, TOLERANCE.webgpu);
      expect(error, `${run.label} ${at}`).toBeLessThanOrEqual(1);
    }
  });

  it('folds dispatches of more workgroups than one dimension takes', async () => {
    const rows = 140000; // four rows a workgroup: 35000 of them
    const g = createGraph();
    const x = g.feed('x', float(rows, 2));
    const y = g.apply('rms_norm', [x, g.constant(float(2), [1, 2])], { eps: 0 });
    g.output('last', g.apply('view', [y], { offset: 2 * (rows - 1), shape: [2] }));
    await hardware.load({ norm: g });
    const values = new Float32Array(2 * rows);
    values.set([3, 4], 2 * (rows - 1));
    const [out] = await hardware.run('norm', [{ x: values }]);
    const rms = Math.sqrt(12.5);
    expect(out!['last']![0]).toBeCloseTo(3 / rms, 5);
    expect(out!['last']![1]).toBeCloseTo(8 / rms, 5);
  });

  it('runs small steps in turn', async () => {
    const g = createGraph();
    const x = g.feed('x', float(3, 5));
    const sums = g.apply('sum_last', [g.apply('exp', [x])]);
    g.output('y', g.apply('unview', [g.apply('neg', [sums])], { offset: 1, shape: [6] }));
    const outputs = [];
    for (const one of [hardware, openReference()]) {
      await one.load({ main: g });
      outputs.push((await one.run('main', [{ x: numbers(15).map((i) => Math.fround(i / 7)) }]))[0]!);
    }
    const { error, at } = worstError(outputs[0]!, outputs[1]!, TOLERANCE.webgpu);
    expect(error, at).toBeLessThanOrEqual(1);
  });

  it.each([
    [false, false],
    [true, false],
    [false, true],
    [true, true],
  ])('cuts a long inner axis into parts (transposed: %s, %s)', async (transA, transB) => {
    const [m, n, k] = [35, 67, 517];
    const g = createGraph(2);
    const a = g.feed('a', float(...(transA ? [k, m] : [m, k])), { replicated: true });
    const b = g.feed('b', float(...(transB ? [n, k] : [k, n])));
    g.output('y', g.apply('matmul', [a, b], { transA, transB }));
    const wave = (size: number): number[] => numbers(size).map((i) => Math.fround(Math.sin(i)));
    const outputs = [];
    for (const one of [hardware, openReference()]) {
      await one.load({ multiply: g });
      outputs.push((await one.run('multiply', [{ a: wave(2 * m * k), b: wave(n * k) }]))[0]!);
    }
    const [got, want] = outputs;
    const { error, at } = worstError(got!, want!, TOLERANCE.webgpu);
    expect(error, at).toBeLessThanOrEqual(1);
  });
});

it('lets a NaN be seen', async () => {
  const g = createGraph();
  const x = g.feed('x', float(2, 3));
  const flat = g.apply('view', [x], { offset: 0, shape: [6] });
  for (const op of ['exp', 'sigmoid', 'tanh', 'log_sigmoid', 'softplus', 'square'] as const)
    g.output(op, g.apply(op, [flat]));
  g.output('logp', g.apply('token_logp', [x, g.constant(integer(2), [0, 1])]));
  await device.load({ main: g });
  const [out] = await device.run('main', [{ x: [1, NaN, 2, 3, 4, 5] }]);
  for (const [name, values] of Object.entries(out!)) {
    const bad = name === 'logp' ? 0 : 1;
    expect([...values].map(Number.isNaN), name).toEqual([...values].map((_, i) => i === bad));
  }
});

describe('going away', () => {
  it('ends what is in flight when the device is lost, and says so afterwards', async () => {
    await device.load({ add: accumulator(3) });
    const inFlight = device.run('add', [{ x: [1, 2, 3] }]);
    gpu.destroy();
    await expect(inFlight).rejects.toThrow(DeviceLostError);
    expect(await device.lost).toMatch(/lost/);
    await expect(device.run('add', [{ x: [1, 2, 3] }])).rejects.toThrow(DeviceLostError);
    await expect(device.read('total')).rejects.toThrow(DeviceLostError);
    await expect(device.load({ add: accumulator(3) })).rejects.toThrow(DeviceLostError);
    expect(() => device.write('total', [1, 2, 3])).toThrow(DeviceLostError);
  });

  it('is no loss when disposed of', async () => {
    await device.load({ add: accumulator(3) });
    let said = '';
    void device.lost.then((reason) => (said = reason));
    device.dispose();
    await gpu.lost;
    await expect(device.run('add', [])).rejects.toThrow(StateError);
    expect(said).toBe('');
  });

  it('names the reason when there is no WebGPU', async () => {
    await expect(openWebgpu(undefined)).rejects.toThrow(BackendUnavailableError);
    const none = { requestAdapter: async () => null } as unknown as GPU;
    await expect(openWebgpu(none)).rejects.toThrow(/no graphics adapter/);
  });
});
