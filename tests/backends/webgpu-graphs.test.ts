/** Random graphs on the WebGPU device: joined steps, transfers and replicas give what the reference gives. */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Device, Outputs } from '../../src/engine/backend.ts';
import { planArena } from '../../src/engine/plan.ts';
import { openReference } from '../../src/engine/reference/index.ts';
import { openWebgpu } from '../../src/engine/webgpu/index.ts';
import { worstError } from '../support/check-op.ts';
import { buildGraph, graphRecipe } from '../support/random-graph.ts';
import { TOLERANCE } from '../support/tolerance.ts';

let device: Device;
beforeAll(async () => {
  device = await openWebgpu(navigator.gpu);
});
afterAll(() => {
  device.dispose();
});

const wave = (size: number, phase: number): number[] =>
  Array.from({ length: size }, (_, i) => Math.fround(Math.cos(1.3 * i + phase)));

it('agrees with the reference over two runs, states included', async () => {
  await fc.assert(
    fc.asyncProperty(graphRecipe, async (recipe) => {
      const graphs = { main: buildGraph(recipe) };
      const feeds = [0, 1].map((phase) => ({
        shared: wave(5, phase),
        each: wave(9 * recipe.replicas, phase),
      }));
      const results: Outputs[] = [];
      for (const one of [device, openReference()]) {
        await one.load(graphs);
        const states = [...planArena(graphs).states];
        for (const [i, [name, state]] of states.entries()) {
          one.write(name, wave((state.shape[0] as number) * state.replicas, i));
        }
        const [first, second] = await one.run('main', feeds);
        const after: Outputs = Object.fromEntries(
          await Promise.all(states.map(async ([name]) => [name, await one.read(name)] as const)),
        );
        const before = Object.entries(first!).map(([name, values]) => [`first ${name}`, values] as const);
        results.push({ ...Object.fromEntries(before), ...second, ...after });
      }
      const { error, at } = worstError(results[0]!, results[1]!, TOLERANCE.webgpu);
      expect(error, at).toBeLessThanOrEqual(1);
    }),
    { seed: 23, numRuns: 200 },
  );
});
