/** Several objectives and seeds on the replica axis: each replica ends with the bits of a run of its own. */
import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { stream } from '../../src/base/random.ts';
import type { Device, Feeds, Values } from '../../src/engine/backend.ts';
import type { Graph } from '../../src/engine/graph.ts';
import { openWasm } from '../../src/engine/wasm/index.ts';
import { batchRows, DATA, offlineProgram, raceProgram } from '../../src/training/offline.ts';
import { lmConfig } from '../../src/models/lm/config.ts';
import { initialParameters } from '../../src/models/lm/initialise.ts';
import { POLICY } from '../../src/models/lm/programs.ts';
import { checkedObjective } from '../../src/objectives/check.ts';

const SHAPE = { config: lmConfig('nano', 21, 8), pairs: 4, batch: 2, length: 8 };
const HYPER = [1e-3, 0.9, 0.999, 1e-8, 0, 0.1, 0.001];
const setting = 'pairs' as const;
const beta = { label: '', min: 0, max: 1, step: 1, default: 0, unit: '', help: '' };
const ARMS = [
  checkedObjective({
    setting,
    parameters: { beta },
    formula: 'loss = -log_sigmoid(beta * (logp_w - ref_w - logp_l + ref_l))',
  }),
  checkedObjective({
    setting,
    parameters: {},
    formula: 'loss = square(mean_t(logp_w[t]) - mean_t(logp_l[t]) - 1)',
  }),
];
const SEEDS = [3, 8, 9];

interface Data {
  states: Record<string, number[]>;
  rows: number[][];
}

/** Made-up data and batches of a seed. */
function dataOf(seed: number): Data {
  const random = stream(seed, 'race test');
  const size = 2 * SHAPE.pairs * SHAPE.length;
  const fill = (draw: (i: number) => number): number[] => Array.from({ length: size }, (_, i) => draw(i));
  const states = {
    [DATA.tokens]: fill(() => random.integer(21)),
    [DATA.targets]: fill(() => random.integer(21)),
    [DATA.mask]: fill((i) => (i % SHAPE.length > 1 ? 1 : 0)),
    [DATA.reference]: fill(() => -3 - random.uniform()),
  };
  const order = random.shuffle([0, 1, 2, 3]);
  return {
    states,
    rows: [batchRows(order.slice(0, 2)), batchRows(order.slice(2)), batchRows(order.slice(1, 3))],
  };
}

async function train(
  program: Graph,
  states: Record<string, number[]>,
  replicas: number,
  feeds: Feeds[],
): Promise<Values> {
  const device: Device = await openWasm(() => readFile('src/engine/wasm/kernels.wasm'));
  await device.load({ program });
  for (const [name, values] of Object.entries(states)) device.write(name, values);
  const parameters = initialParameters(SHAPE.config, 1);
  device.write(POLICY, Array.from({ length: replicas }, () => [...parameters]).flat());
  await device.run('program', feeds);
  return device.read(POLICY);
}

it('two objectives and three seeds at once have the bits of six runs', async () => {
  const data = SEEDS.map(dataOf);
  const places = ARMS.flatMap((_, arm) => data.map((of) => ({ arm, of })));
  const together = await train(
    raceProgram({ ...SHAPE, replicas: places.length }, ARMS),
    Object.fromEntries(
      Object.keys(data[0]?.states ?? {}).map((name) => [
        name,
        places.flatMap(({ of }) => of.states[name] ?? []),
      ]),
    ),
    places.length,
    [0, 1, 2].map((step) => ({
      rows: places.flatMap(({ of }) => of.rows[step] ?? []),
      hyper: places.flatMap(() => HYPER),
      max_grad_norm: places.map(() => 1),
      'arm.0': places.map(({ arm }) => (arm === 0 ? 1 : 0)),
      'arm.1': places.map(({ arm }) => (arm === 1 ? 1 : 0)),
      'parameter.0.beta': [0.3],
    })),
  );
  const size = together.length / places.length;
  for (const [r, { arm, of }] of places.entries()) {
    const feeds = of.rows.map((rows) => ({
      rows,
      hyper: HYPER,
      max_grad_norm: [1],
      'parameter.beta': [0.3],
    }));
    const alone = await train(offlineProgram(SHAPE, ARMS[arm] as (typeof ARMS)[0]), of.states, 1, feeds);
    expect([...together.subarray(r * size, (r + 1) * size)], `replica ${r}`).toEqual([...alone]);
  }
});
