// What the page about a device measures, on the WASM of this one.
import { expect, test } from 'vitest';
import { BUILD } from '../../src/base/build.ts';
import { openInNode } from '../../src/cli/node-host.ts';
import { BackendUnavailableError } from '../../src/base/errors.ts';
import { askAdapter } from '../../src/session/device-adapter.ts';
import { createDeviceBench } from '../../src/session/device-bench.ts';
import { compareGradients, nanoGradient } from '../../src/session/device-gradient.ts';
import type { DeviceProgress } from '../../src/session/device-protocol.ts';
import { measureRate, quantile } from '../../src/session/device-timing.ts';

test('the gradient check passes on WASM, and sees one slope that is off by a thousandth', async () => {
  const expected = await nanoGradient(await openInNode('reference'));
  const got = await nanoGradient(await openInNode('wasm'));
  const report = compareGradients('wasm', got, expected);
  expect(report).toMatchObject({ passes: true, slopes: expected.length });
  expect(report.slopes).toBeGreaterThan(19_000);
  expect(report.largest).toBeGreaterThan(0);
  expect(report.largest).toBeLessThan(1e-5);

  const sizes = Array.from(expected, Math.abs);
  const most = sizes.indexOf(Math.max(...sizes));
  const wrong = got.slice();
  wrong[most] = wrong[most]! * 1.001;
  expect(compareGradients('wasm', wrong, expected)).toMatchObject({ passes: false });
  wrong[most] = NaN;
  expect(compareGradients('wasm', wrong, expected)).toMatchObject({ passes: false, largest: NaN });
});

test('measures WASM, says why not WebGPU, and tells how far it is', async () => {
  const heard: DeviceProgress[] = [];
  const bench = createDeviceBench(
    {
      openDevice: (backend) =>
        backend === 'webgpu'
          ? Promise.reject(new BackendUnavailableError('There is no WebGPU in this test.'))
          : openInNode(backend),
      now: () => performance.now(),
      pause: () => new Promise((resolve) => setImmediate(resolve)),
    },
    { kernel: 0, training: 0, generation: 0 },
  );
  bench.subscribe((progress) => heard.push(structuredClone(progress)), BUILD);
  const reply = await bench.measure();
  if (!reply.ok) throw new Error(reply.error.message);
  const [wasm, webgpu] = reply.value;
  expect(wasm).toMatchObject({ backend: 'wasm', problem: null, gradient: { passes: true } });
  expect(wasm!.kernels.map(({ rate }) => rate!.quartile > 0)).toEqual([true, true, true, true, true, true]);
  expect(wasm!.training).toMatchObject({ slices: 4 });
  expect(wasm!.generation).toMatchObject({ slices: 4 });
  expect(webgpu).toMatchObject({ problem: 'There is no WebGPU in this test.', training: null });
  const done = heard.map((progress) => progress.done);
  expect(done).toEqual([...done].sort((a, b) => a - b));
  expect(done[0]).toBe(0);
  expect(Math.max(...done)).toBeLessThan(1);
});

test('rates: slices grow until the clock sees them; a clock that stands still gives none', async () => {
  let time = 0;
  const pause = () => Promise.resolve();
  let calls = 0;
  const run = (count: number) => {
    calls += count;
    time += 5 * count;
    return Promise.resolve();
  };
  // a clock of 10 ms
  const rate = await measureRate(run, 1, { now: () => 10 * Math.floor(time / 10), pause });
  expect(rate!.median).toBeCloseTo(200, 0);
  expect(rate!.slices).toBeGreaterThan(10);
  expect(calls).toBeGreaterThan(rate!.slices);
  expect(await measureRate(() => Promise.resolve(), 0, { now: () => 0, pause })).toBeNull();
  expect(quantile([4, 1, 3, 2], 0.5)).toBe(2.5);
  expect(quantile([], 0.5)).toBeNaN();
});

test('an adapter: its limits beside what is needed, or a sentence', async () => {
  const limits = {
    maxStorageBufferBindingSize: 2 ** 27,
    maxBufferSize: 2 ** 24,
    maxStorageBuffersPerShaderStage: 8,
    maxComputeInvocationsPerWorkgroup: 256,
    maxComputeWorkgroupStorageSize: 16384,
  } as GPUSupportedLimits;
  const info = {
    vendor: 'acme',
    architecture: 'one',
    description: '',
    isFallbackAdapter: true,
  } as GPUAdapterInfo;
  const answer = await askAdapter({ requestAdapter: () => Promise.resolve({ info, limits }) });
  if (!answer.ok) throw new Error(answer.whyNot);
  expect(answer.adapter).toMatchObject({ vendor: 'acme', software: true });
  expect(answer.adapter.limits.filter(({ enough }) => !enough).map(({ name }) => name)).toEqual([
    'maxBufferSize',
  ]);
  expect(await askAdapter(undefined)).toMatchObject({ ok: false });
  expect(await askAdapter({ requestAdapter: () => Promise.resolve(null) })).toMatchObject({ ok: false });
  const failing = await askAdapter({ requestAdapter: () => Promise.reject(new Error('gone')) });
  expect(failing.ok ? '' : failing.whyNot).toContain('gone');
});
