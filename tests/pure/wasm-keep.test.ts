/** What a WASM forward call keeps for its gradient never changes the gradient, and is kept only while it is true. */
import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { stream } from '../../src/base/random.ts';
import type { Graph } from '../../src/engine/graph.ts';
import { createGraph, float, integer } from '../../src/engine/graph.ts';
import { planArena } from '../../src/engine/plan.ts';
import type { Tensor, TensorType } from '../../src/engine/types.ts';
import { sizeOf } from '../../src/engine/types.ts';
import { openWasm } from '../../src/engine/wasm/index.ts';
import { planKept } from '../../src/engine/wasm/keep.ts';

type Op = 'attention' | 'swiglu' | 'token_logp';

/** Shapes with ragged rows: 3 sequences of 5 positions, 2 heads of 6; 15 rows of 2 * 7; 15 rows over 13 words. */
const CASES: Record<Op, { x: TensorType; dY: TensorType; attrs: object }> = {
  attention: { x: float(15, 36), dY: float(15, 12), attrs: { heads: 2, length: 5 } },
  swiglu: { x: float(15, 14), dY: float(15, 7), attrs: {} },
  token_logp: { x: float(15, 13), dY: float(15), attrs: {} },
};

interface Parts {
  forward?: boolean;
  /** Overwrites the input between the forward call and the gradient. */
  overwrite?: boolean;
  replicas?: number;
}

function program(op: Op, { forward = true, overwrite = false, replicas = 1 }: Parts): Graph {
  const { x: type, dY, attrs } = CASES[op];
  const g = createGraph(replicas);
  const x = g.state('x', type, { replicated: true });
  const rest = op === 'token_logp' ? [g.state('target', integer(15))] : [];
  const apply = (name: Op | `${Op}_grad`, inputs: Tensor[]): Tensor =>
    g.apply(name as 'attention', inputs, attrs as { heads: number; length: number });
  if (forward) g.output('y', apply(op, [x, ...rest]));
  if (overwrite) g.apply('copy', [x, g.state('later', type, { replicated: true })]);
  g.output('dX', apply(`${op}_grad`, [x, ...rest, g.state('dY', dY, { replicated: true })]));
  return g;
}

async function gradientOf(op: Op, parts: Parts): Promise<number[]> {
  const graph = program(op, parts);
  const device = await openWasm(() => readFile('src/engine/wasm/kernels.wasm'));
  await device.load({ main: graph });
  const random = stream(1, `keep ${op}`);
  const values = new Map(
    ['x', 'later', 'dY'].map((name) => [name, Array.from({ length: 2 * 15 * 36 }, () => random.uniform() * 4 - 2)]), // prettier-ignore
  );
  for (const tensor of graph.tensors) {
    if (tensor.source.kind !== 'state') continue;
    const copies = tensor.replicated ? (parts.replicas ?? 1) : 1;
    const given = values.get(tensor.source.name) ?? Array.from({ length: 15 }, (_, i) => i % 13);
    device.write(tensor.source.name, given.slice(0, sizeOf(tensor.shape) * copies));
  }
  const [out] = await device.run('main', [{}]);
  device.dispose();
  return [...(out?.['dX'] ?? [])];
}

const kept = (op: Op, parts: Parts): number =>
  planKept(planArena({ main: program(op, parts) }).programs.get('main')?.steps ?? []).words;

it.each(Object.keys(CASES) as Op[])('%s: the same bits with and without, in every replica', async (op) => {
  for (const replicas of [1, 2]) {
    expect(kept(op, { replicas })).toBeGreaterThan(0);
    expect(kept(op, { replicas, forward: false })).toBe(0);
    const gradient = await gradientOf(op, { replicas });
    expect(gradient.some((d) => d !== 0)).toBe(true);
    expect(gradient).toEqual(await gradientOf(op, { replicas, forward: false }));
  }
});

it.each(Object.keys(CASES) as Op[])(
  '%s: nothing is kept of an input that is written in between',
  async (op) => {
    expect(kept(op, { overwrite: true })).toBe(0);
    expect(await gradientOf(op, { overwrite: true })).toEqual(
      await gradientOf(op, { overwrite: true, forward: false }),
    );
  },
);
