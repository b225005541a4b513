/** Runs cases of `loss-cases.ts` on a device and says how far the loss, the losses of the pairs and the gradient are off. */
import type { BackendName, Device, Outputs } from '../engine/backend.ts';
import { differentiate } from '../engine/differentiate.ts';
import type { Graph } from '../engine/graph.ts';
import { createGraph, float } from '../engine/graph.ts';
import { sumAll } from '../engine/op-row.ts';
import type { Tensor } from '../engine/types.ts';
import { lower } from '../formulas/lower.ts';
import type { Environment } from '../formulas/lower.ts';
import { pairEnvironment } from '../training/pair-quantities.ts';
import type { LossCase } from './loss-cases.ts';

/**
 * Largest error allowed. reference: of each number, as a share of it, or of 1 where it is smaller. wasm, webgpu (float32):
 * as a share of the largest number of the same kind (losses of the pairs, gradient) in the case.
 */
export const ALLOWED = { reference: 1e-9, wasm: 1e-5, webgpu: 1e-5 } satisfies Record<BackendName, number>;

/** Values below this have no share of their own: what is expected was written with 12 decimals. */
const SMALLEST = 1e-6;
const LARGEST_FLOAT32 = 3.4028234663852886e38;
/** A log-prob and its neighbour in float32 differ by at most this share. */
const FLOAT32_STEP = 2 ** -22;

export interface CaseResult {
  error: number;
  /** Which number is worst, such as `gradient[7]`: what it is and what it should be. */
  worst: string;
  verdict: 'fine' | 'wrong' | 'input-rounding' | 'beyond-float32';
  /** float32 only: how far a change of the inputs by one float32 step alone moves the reference's results. */
  rounding: number;
}

/** Opened once for all cases: `reference` must be the float64 reference, also where `device` is another. */
export async function checkCase(device: Device, reference: Device, one: LossCase): Promise<CaseResult> {
  const exact = device.info.backend === 'reference';
  const got = await evaluate(device, caseGraph(one, false), one);
  const { error, worst } = furthest(got, one.expected, exact);
  const allowed = ALLOWED[device.info.backend];
  if (error <= allowed) return { error, worst, verdict: 'fine', rounding: 0 };
  if (exact) return { error, worst, verdict: 'wrong', rounding: 0 };
  const { rounding, largest } = await conditionOf(reference, one);
  if (error <= rounding) return { error, worst, verdict: 'input-rounding', rounding };
  return { error, worst, verdict: largest > LARGEST_FLOAT32 ? 'beyond-float32' : 'wrong', rounding };
}

/** `everything`: all intermediate values too, under names that start with `value `. */
function caseGraph(one: LossCase, everything: boolean): Graph {
  const g = createGraph();
  const { pairs, tokens } = one;
  const table = (name: string): Tensor => g.feed(name, float(2 * pairs, tokens));
  const logp = table('logp');
  const values = lower(g, one.formula, surroundingsOf(g, one, logp, table));
  const term = values.get(one.term) as Tensor;
  const count = term.shape.length === 0 ? 1 : pairs;
  const loss = g.apply('affine', [sumAll(g, term)], { scale: 1 / count, shift: 0 });
  g.output('loss', loss);
  g.output('per_pair', term.shape.length === 0 ? g.apply('expand_last', [term], { n: pairs }) : term);
  g.output('gradient', differentiate(g, loss, [logp])[0] as Tensor);
  if (everything)
    for (const tensor of [...g.tensors])
      if (tensor.source.kind === 'op' && tensor.dtype === 'f32') g.output(`value ${tensor.id}`, tensor);
  return g;
}

/** As in training, but for what the case gives: the KL estimate over mismatched responses, and the running mean. */
function surroundingsOf(
  g: Graph,
  { formula, pairs, tokens }: LossCase,
  logp: Tensor,
  table: (name: string) => Tensor,
): Environment {
  const none = (): Tensor => g.scalar(0);
  return pairEnvironment(g, formula, {
    batch: pairs,
    length: tokens,
    mask: table('mask'),
    tokens: {
      position: () => table('position'),
      logp: () => logp,
      ref: () => table('ref'),
      p_squared: () => table('p_squared'),
      entropy: none,
      kl: none,
      kl_ref: none,
    },
    column: none,
    mismatched: {
      logp: () => g.feed('logp_m', float(pairs)),
      ref: () => g.feed('ref_m', float(pairs)),
    },
    rewardMean: () => g.feed('reward_mean', float()),
    parameter: (name) => g.feed(`parameter.${name}`, float()),
  });
}

async function evaluate(
  device: Device,
  graph: Graph,
  { inputs, parameters, kl, delta, pairs }: LossCase,
): Promise<Outputs> {
  const feeds: Record<string, readonly number[]> = {
    ...inputs,
    logp_m: Array.from({ length: pairs }, () => kl),
    ref_m: Array.from({ length: pairs }, () => 0),
    reward_mean: [delta],
  };
  for (const [name, value] of Object.entries(parameters)) feeds[`parameter.${name}`] = [value];
  const read = graph.tensors.flatMap(({ source }) => (source.kind === 'feed' ? [source.name] : []));
  await device.load({ case: graph });
  const [outputs] = await device.run('case', [
    Object.fromEntries(read.map((name) => [name, feeds[name] as readonly number[]])),
  ]);
  return outputs as Outputs;
}

type Numbers = Readonly<Record<string, ArrayLike<number> | null>>;

/** The largest error of all numbers that are expected. */
function furthest(got: Numbers, expected: Numbers, exact: boolean): { error: number; worst: string } {
  let most = { error: 0, worst: 'nothing' };
  for (const [name, wanted] of Object.entries(expected)) {
    const want = Array.from(wanted ?? []);
    const largest = want.reduce((a, b) => Math.max(a, Number.isFinite(b) ? Math.abs(b) : 0), SMALLEST);
    want.forEach((x, i) => {
      const y = got[name]?.[i] ?? NaN;
      const error = distance(y, x, exact ? Math.max(1, Math.abs(x)) : largest, exact);
      if (error > most.error) most = { error, worst: `${name}[${i}]: ${y} instead of ${x}` };
    });
  }
  return most;
}

function distance(got: number, want: number, unit: number, exact: boolean): number {
  if (Object.is(got, want) || got === want) return 0;
  // float32 has nothing between its largest number and infinity
  if (!exact && Math.abs(want) > LARGEST_FLOAT32)
    return Math.sign(got) === Math.sign(want) && Math.abs(got) > 1e38 ? 0 : Infinity;
  const error = Math.abs(got - want) / unit;
  return Number.isNaN(error) ? Infinity : error;
}

/** How much the results owe to the last bit of their float32 inputs, and the largest value on the way to them. */
async function conditionOf(reference: Device, one: LossCase): Promise<{ rounding: number; largest: number }> {
  const outputs = await evaluate(reference, caseGraph(one, true), one);
  let largest = 0;
  for (const [name, values] of Object.entries(outputs))
    if (name.startsWith('value ')) for (const x of values) largest = Math.max(largest, Math.abs(x) || 0);
  const graph = caseGraph(one, false);
  const half = one.inputs.logp.length / 2;
  // every log-prob moves the way that widens (narrows) the margin
  const moved = (values: readonly number[], step: number): number[] =>
    values.map((x, i) => x * (1 + (i < half ? step : -step)));
  let rounding = 0;
  for (const step of [FLOAT32_STEP, -FLOAT32_STEP]) {
    const inputs = { ...one.inputs, logp: moved(one.inputs.logp, step), ref: moved(one.inputs.ref, -step) };
    const there = await evaluate(reference, graph, { ...one, inputs });
    const shown = one.expected.per_pair === null ? { ...outputs, per_pair: null } : outputs;
    const { loss, per_pair, gradient } = shown as Numbers;
    rounding = Math.max(rounding, furthest(there, { loss, per_pair, gradient } as Numbers, false).error);
  }
  return { rounding, largest };
}
