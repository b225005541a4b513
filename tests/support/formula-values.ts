/**
 * A formula on its own: every quantity and parameter that it reads is a plain feed, on the float64 reference. Gradients
 * are compared with central differences, for which what stands in `stop_grad` is held where it was.
 */
import { stream } from '../../src/base/random.ts';
import type { Device } from '../../src/engine/backend.ts';
import { differentiate } from '../../src/engine/differentiate.ts';
import type { Graph } from '../../src/engine/graph.ts';
import { createGraph, float } from '../../src/engine/graph.ts';
import type { Writer } from '../../src/engine/op-row.ts';
import { sumAll } from '../../src/engine/op-row.ts';
import { openReference } from '../../src/engine/reference/index.ts';
import type { OpAttrs, OpName, Tensor } from '../../src/engine/types.ts';
import { sizeOf } from '../../src/engine/types.ts';
import type { CheckedFormula } from '../../src/formulas/check.ts';
import { lower } from '../../src/formulas/lower.ts';
import type { Axis, Setting } from '../../src/formulas/quantities.ts';
import { quantities } from '../../src/formulas/quantities.ts';

export type Feeds = Record<string, number[]>;
export type Sizes = Partial<Record<Axis, number>>;

export const SIZES: Record<Setting, Sizes> = {
  pairs: { b: 5, t_w: 4, t_l: 4 },
  groups: { b: 3, k: 4, t: 5 },
};

const MASK_SHAPES: Partial<Record<Axis, readonly Axis[]>> = {
  t_w: ['b', 't_w'],
  t_l: ['b', 't_l'],
  t: ['b', 'k', 't'],
};

const shapeOf = (axes: readonly Axis[], sizes: Sizes): number[] => axes.map((axis) => sizes[axis] as number);

/** Responses of all lengths from 1 to the full one, as masks. */
export function raggedMasks(sizes: Sizes): Feeds {
  const axes = Object.entries(MASK_SHAPES).filter(([axis]) => sizes[axis as Axis] !== undefined);
  return Object.fromEntries(
    axes.map(([axis, shape], a) => {
      const tokens = sizes[axis as Axis] as number;
      const rows = sizeOf(shapeOf(shape, sizes)) / tokens;
      const row = (r: number): number[] =>
        Array.from({ length: tokens }, (_, t) => (t <= (r + a) % tokens ? 1 : 0));
      return [`mask ${axis}`, Array.from({ length: rows }, (_, r) => row(r)).flat()];
    }),
  );
}

/** Random values in the range that each quantity has; parameters at the given values. */
export function randomFeeds(
  checked: CheckedFormula,
  parameters: Record<string, number>,
  seed: number,
): Feeds {
  const { setting } = checked.vocabulary;
  const feeds = raggedMasks(SIZES[setting]);
  for (const name of checked.reads) {
    const random = stream(seed, `quantity ${name}`);
    const size = sizeOf(shapeOf(quantities[setting].get(name)?.shape ?? [], SIZES[setting]));
    feeds[name] = Array.from({ length: size }, () => drawn(name, random));
  }
  for (const [name, value] of Object.entries(parameters)) feeds[name] = [value];
  return feeds;
}

type Draw = (random: ReturnType<typeof stream>) => number;
const normal: Draw = (random) =>
  Array.from({ length: 12 }, () => random.uniform()).reduce((sum, x) => sum + x, -6);
const RANGES: readonly [RegExp, Draw][] = [
  [/^(len|rank)(_|$)/, (random) => 1 + random.integer(4)],
  [/^verified$/, (random) => random.integer(2)],
  [/^label_probability$/, (random) => 0.5 + random.uniform() / 2],
  [/^(win_rate|token_weight|mask_|strength|weight|p_squared)/, (random) => random.uniform()],
  [/^(kl|err|entropy|position)/, (random) => 0.05 + Math.abs(normal(random))],
  [/^(logp|ref|old(\[|$)|class_logp|prompt_)/, (random) => -0.1 - Math.abs(normal(random))],
];

const drawn = (name: string, random: ReturnType<typeof stream>): number =>
  (RANGES.find(([names]) => names.test(name))?.[1] ?? normal)(random);

interface Built {
  graph: Graph;
  inputs: ReadonlyMap<string, Tensor>;
  /** The mean over pairs of a loss per pair. */
  loss: Tensor;
}

/** `around` may take the place of ops as they are written. */
function build(checked: CheckedFormula, sizes: Sizes, around: (g: Graph) => Writer = (g) => g): Built {
  const graph = createGraph();
  const { setting, parameters } = checked.vocabulary;
  const inputs = new Map<string, Tensor>();
  for (const name of checked.reads) {
    const axes = quantities[setting].get(name)?.shape ?? [];
    inputs.set(name, graph.feed(name, float(...shapeOf(axes, sizes))));
  }
  for (const name of parameters) inputs.set(name, graph.feed(name, float()));
  const masks = Object.fromEntries(
    Object.entries(MASK_SHAPES)
      .filter(([axis]) => sizes[axis as Axis] !== undefined)
      .map(([axis, axes]) => [axis, graph.feed(`mask ${axis}`, float(...shapeOf(axes, sizes)))]),
  );
  const values = lower(around(graph), checked, { given: inputs, sizes, masks });
  const perPair = values.get('loss') as Tensor;
  const loss = graph.apply('affine', [sumAll(graph, perPair)], {
    scale: 1 / sizeOf(perPair.shape),
    shift: 0,
  });
  graph.output('per pair', perPair);
  graph.output('loss', loss);
  return { graph, inputs, loss };
}

/** The loss, one number a pair or one in all. */
export async function lossValues(checked: CheckedFormula, sizes: Sizes, feeds: Feeds): Promise<number[]> {
  const device = openReference();
  await device.load({ formula: build(checked, sizes).graph });
  return [...(((await device.run('formula', [feeds]))[0] ?? {})['per pair'] ?? [])];
}

/** How far the gradient of any quantity that the formula reads is from central differences, as a share of its largest. */
export async function gradientMistake(
  checked: CheckedFormula,
  sizes: Sizes,
  feeds: Feeds,
): Promise<{ error: number; at: string; largest: number }> {
  const held: Tensor[] = [];
  const { graph, inputs, loss } = build(checked, sizes, (g) => watched(g, held, null));
  const reached = [...checked.reads].filter((name) => reaches(graph, inputs.get(name) as Tensor, loss));
  const gradients = differentiate(graph, loss, reached.map((name) => inputs.get(name) as Tensor)); // prettier-ignore
  reached.forEach((name, i) => graph.output(`d ${name}`, gradients[i] as Tensor));
  held.forEach((x, i) => graph.output(`held ${i}`, x));
  const device = openReference();
  await device.load({ analytic: graph, moved: build(checked, sizes, (g) => watched(g, [], held)).graph });
  const outputs = (await device.run('analytic', [feeds]))[0] ?? {};
  const fixed = { ...feeds };
  held.forEach((_, i) => (fixed[`held ${i}`] = Array.from(outputs[`held ${i}`] ?? [])));

  let worst = { error: 0, at: 'nowhere', largest: 0 };
  for (const name of checked.reads) {
    const known = outputs[`d ${name}`];
    const values = feeds[name] as number[];
    const analytic = values.map((_, i) => known?.[i] ?? 0);
    const slopes = await slopesOf(device, fixed, name);
    const largest = Math.max(...slopes.map(Math.abs), ...analytic.map(Math.abs));
    slopes.forEach((slope, i) => {
      const error = Math.abs(slope - (analytic[i] as number)) / Math.max(largest, 1e-3);
      if (!(error <= worst.error)) worst = { ...worst, error, at: `${name}[${i}]: ${analytic[i]} instead of ${slope}` }; // prettier-ignore
    });
    worst.largest = Math.max(worst.largest, largest);
  }
  return worst;
}

async function slopesOf(device: Device, feeds: Feeds, name: string): Promise<number[]> {
  const values = feeds[name] as number[];
  const slopes: number[] = [];
  for (const [i, x] of values.entries()) {
    const h = 1e-5 * Math.max(1, Math.abs(x));
    const ends = [x + h, x - h].map((end) => ({ ...feeds, [name]: values.with(i, end) }));
    const [up, down] = await device.run('moved', ends);
    slopes.push(((up?.['loss']?.[0] as number) - (down?.['loss']?.[0] as number)) / (2 * h));
  }
  return slopes;
}

/** Notes each `stop_grad` as it is written; where `held` is given, feeds of its shapes stand in their place. */
function watched(g: Graph, notes: Tensor[], held: readonly Tensor[] | null): Writer {
  let count = 0;
  return {
    scalar: (value) => g.scalar(value),
    apply: <O extends OpName>(op: O, inputs: readonly Tensor[], attrs?: OpAttrs[O]): Tensor => {
      if (op !== 'stop_grad') return g.apply(op, inputs, attrs);
      const at = held?.[count];
      const tensor = at === undefined ? g.apply(op, inputs, attrs) : g.feed(`held ${count}`, float(...at.shape)); // prettier-ignore
      notes.push(tensor);
      count += 1;
      return tensor;
    },
  };
}

/** Whether a gradient can flow from the loss back to the tensor. */
function reaches(g: Graph, from: Tensor, loss: Tensor): boolean {
  const blocked: readonly OpName[] = ['stop_grad', 'greater', 'sign', 'argsort'];
  const touched = new Set([from.id]);
  for (const { id, source } of g.tensors) {
    if (source.kind !== 'op' || blocked.includes(source.op)) continue;
    const inputs = source.op === 'where' ? source.inputs.slice(1) : source.inputs;
    if (inputs.some((input) => touched.has(input.id))) touched.add(id);
  }
  return touched.has(loss.id);
}
