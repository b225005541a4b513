/** One helper checks an op: forward against the float64 reference, gradient against central differences. */
import { stream } from '../../src/base/random.ts';
import type { Device, Values } from '../../src/engine/backend.ts';
import { differentiate } from '../../src/engine/differentiate.ts';
import type { Graph } from '../../src/engine/graph.ts';
import { createGraph } from '../../src/engine/graph.ts';
import { ops } from '../../src/engine/ops.ts';
import { openReference } from '../../src/engine/reference/index.ts';
import type { Dtype, OpAttrs, OpName, Tensor } from '../../src/engine/types.ts';
import { MUTATES, sizeOf } from '../../src/engine/types.ts';
import type { Fill, OpCase } from './op-cases.ts';
import { opCases } from './op-cases.ts';

/** Which inputs are whole numbers (indices, tokens, positions, keys). */
const INTEGER_INPUTS: Partial<Record<OpName, readonly number[]>> = {
  gather: [1],
  scatter_add: [0],
  rotary: [2],
  take_last: [1],
  put_last: [1],
  to_float: [0],
  token_logp: [1],
  token_logp_grad: [1],
  cache_write: [2],
  attention_cached: [2],
  token_at: [0, 1],
  sample: [1, 2, 3],
  advance: [0, 1, 2, 3],
};

type AnyCase = OpCase<OpAttrs[OpName]>;

export interface CaseRun {
  label: string;
  graph: Graph;
  /** Values by feed or state name, rounded to what a 32-bit device can hold. */
  feeds: Record<string, number[]>;
  states: Record<string, number[]>;
  written: readonly string[];
}

export function casesOf(op: OpName): CaseRun[] {
  const cases = opCases[op] as readonly AnyCase[];
  const single = cases.map((c, i) => buildCase(op, c, i, 1));
  return [...single, buildCase(op, cases[0] as AnyCase, 0, 3)];
}

function buildCase(op: OpName, c: AnyCase, index: number, replicas: number): CaseRun {
  const random = stream(7, `${op} ${index}`);
  const graph = createGraph(replicas);
  const feeds: Record<string, number[]> = {};
  const states: Record<string, number[]> = {};
  const inputs = c.inputs.map(({ shape, fill }, i) => {
    const dtype: Dtype = INTEGER_INPUTS[op]?.includes(i) ? 'i32' : 'f32';
    const isState = i < (MUTATES[op] ?? 0);
    // one shared input among the replicated ones: strides of 0 are exercised too
    const replicated = replicas > 1 && (i === 0 || i % 2 === 1 || isState);
    const values = Array.from({ length: replicated ? replicas : 1 }, () =>
      draw(fill, sizeOf(shape), random),
    ).flat();
    (isState ? states : feeds)[`x${i}`] = values;
    return graph[isState ? 'state' : 'feed'](`x${i}`, { shape, dtype }, { replicated });
  });
  const y = graph.apply(op, inputs, c.attrs);
  if (sizeOf(y.shape) > 0) graph.output('y', y);
  if (replicas === 1 && c.gradient !== false) addGradients(graph, y, inputs);
  return {
    label: `${op} case ${index}${replicas > 1 ? ` x${replicas}` : ''}`,
    graph,
    feeds,
    states,
    written: Object.keys(states),
  };
}

/** Outputs `loss` = sum of y times fixed weights, and `d0`, `d1`, ... its gradients. */
function addGradients(graph: Graph, y: Tensor, inputs: readonly Tensor[]): void {
  const { source } = y;
  if (source.kind !== 'op' || ops[source.op].derivative === undefined || y.dtype !== 'f32') return;
  const random = stream(11, 'loss weights');
  const weights = graph.constant(
    y,
    Array.from({ length: sizeOf(y.shape) }, () => Math.fround(normalFrom(random))),
  );
  const flat = graph.apply('view', [graph.apply('mul', [y, weights])], {
    offset: 0,
    shape: [sizeOf(y.shape)],
  });
  const loss = graph.apply('sum_last', [flat]);
  graph.output('loss', loss);
  inputs.forEach((input, i) => {
    if (input.dtype !== 'f32' || !flowsTo(source.op, i)) return;
    graph.output(`d${i}`, differentiate(graph, loss, [input])[0] as Tensor);
  });
}

/** Inputs through which no gradient flows, by definition of the op. */
function flowsTo(op: OpName, i: number): boolean {
  const stopped: Partial<Record<OpName, readonly number[]>> = {
    greater: [0, 1],
    sign: [0],
    stop_grad: [0],
    where: [0],
    rotary: [1],
  };
  return !stopped[op]?.includes(i);
}

function normalFrom(random: { uniform(): number }): number {
  let sum = -6;
  for (let i = 0; i < 12; i++) sum += random.uniform();
  return sum;
}

function draw(fill: Fill, size: number, random: ReturnType<typeof stream>): number[] {
  if (typeof fill === 'object' && !('below' in fill)) return fill.map(Math.fround);
  return Array.from({ length: size }, () => {
    if (typeof fill === 'object') return random.integer(fill.below);
    const x = normalFrom(random);
    if (fill === 'normal') return Math.fround(x);
    if (fill === 'wide') return Math.fround(random.pick([-1000, 1000, x, 300 * x]));
    return Math.fround((fill === 'positive' ? 1 : -1) * (0.1 + Math.abs(x)));
  });
}

export type Results = Record<string, Values>;

export async function runCase(device: Device, run: CaseRun): Promise<Results> {
  await device.load({ main: run.graph });
  for (const [name, values] of Object.entries(run.states)) device.write(name, values);
  const [outputs] = await device.run('main', [run.feeds]);
  const results: Results = { ...outputs };
  for (const name of run.written) results[`state ${name}`] = await device.read(name);
  return results;
}

export interface Tolerance {
  /** Allowed error as a share of the value itself, and of the tensor's largest value. */
  relative: number;
  ofLargest: number;
}

const FLOAT_MAX = 3.4028234663852886e38;

/** The largest error in units of the tolerance (at most 1 passes), and where it sits. A NaN is infinitely wrong. */
export function worstError(
  actual: Results,
  expected: Results,
  tolerance: Tolerance,
): { error: number; at: string } {
  let worst = { error: 0, at: 'nowhere' };
  for (const [name, reference] of Object.entries(expected)) {
    const values = actual[name];
    if (values?.length !== reference.length) return { error: Infinity, at: `${name}: wrong length` };
    const finite = [...reference].map(Math.abs).filter((x) => x <= FLOAT_MAX);
    // below 1e-6 the float64 rounding of the reference itself shows, where its terms cancel
    const largest = Math.min(
      1e6,
      finite.reduce((a, b) => Math.max(a, b), 1e-6),
    );
    reference.forEach((want, i) => {
      const got = values[i] as number;
      const error = errorOf(
        got,
        want,
        tolerance.relative * Math.abs(want) + tolerance.ofLargest * largest + 1e-37,
      );
      if (!(error <= worst.error)) worst = { error, at: `${name}[${i}]: ${got} instead of ${want}` };
    });
  }
  return worst;
}

function errorOf(got: number, want: number, allowed: number): number {
  if (Number.isNaN(got)) return Infinity;
  // past the largest float32, anything that is as large with the same sign
  if (Math.abs(want) > FLOAT_MAX)
    return Math.sign(got) === Math.sign(want) && Math.abs(got) > 1e37 ? 0 : Infinity;
  return Math.abs(got - want) / allowed;
}

/** Compares the gradients of a case with central differences of its loss, both in float64 on the reference. */
export async function gradientError(run: CaseRun): Promise<{ error: number; at: string }> {
  const device = openReference();
  const results = await runCase(device, run);
  let worst = { error: 0, at: 'nowhere' };
  for (const name of Object.keys(results).filter((n) => /^d\d+$/.test(n))) {
    const values = run.feeds[`x${name.slice(1)}`] as number[];
    const gradient = results[name] as Values;
    const largest = [...gradient].map(Math.abs).reduce((a, b) => Math.max(a, b), 1e-3);
    const stride = Math.max(1, Math.floor(values.length / 40));
    for (let i = 0; i < values.length; i += stride) {
      const x = values[i] as number;
      const h = 1e-5 * Math.max(1, Math.abs(x));
      const feeds = [x + h, x - h].map((moved) => ({
        ...run.feeds,
        [`x${name.slice(1)}`]: values.with(i, moved),
      }));
      const [up, down] = await device.run('main', feeds);
      const slope = ((up?.['loss']?.[0] as number) - (down?.['loss']?.[0] as number)) / (2 * h);
      const error = Math.abs(slope - (gradient[i] as number)) / largest;
      if (!(error <= worst.error))
        worst = { error, at: `${run.label} ${name}[${i}]: ${gradient[i]} instead of ${slope}` };
    }
  }
  return worst;
}
