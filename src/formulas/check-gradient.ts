/** Whether the slopes that training would use are the formula's: analytic ones against central differences. */
import { stream } from '../base/random.ts';
import type { Device, Feeds } from '../engine/backend.ts';
import { differentiate } from '../engine/differentiate.ts';
import type { Graph } from '../engine/graph.ts';
import { createGraph, float } from '../engine/graph.ts';
import type { Writer } from '../engine/op-row.ts';
import { sumAll } from '../engine/op-row.ts';
import type { Tensor } from '../engine/types.ts';
import { sizeOf } from '../engine/types.ts';
import type { CheckedFormula } from './check.ts';
import { lower } from './lower.ts';
import type { Axis, FormulaShape } from './quantities.ts';
import { quantities } from './quantities.ts';

export interface GradientCheck {
  /** Largest difference between the two, relative to the largest slope (or 1e-6, where all are smaller). */
  largest: number;
  /** How many slopes were compared. */
  slopes: number;
}

/** A small batch of made-up responses. */
const SIZES: Readonly<Record<Axis, number>> = { b: 4, k: 3, t: 3, t_w: 3, t_l: 2 };
const STEP = 1e-5;

/** `device`: best the float64 reference; its programs are replaced. What stands in stop_grad is held where it is. */
export async function checkGradient(
  device: Device,
  checked: CheckedFormula,
  parameters: Readonly<Record<string, number>>,
  seed = 0,
): Promise<GradientCheck> {
  const variables = [...checked.reads].filter((name) => quantity(checked, name)?.frozen === false);
  await device.load({ slopes: slopes(checked, variables), losses: losses(checked) });
  const feeds: Feeds = Object.fromEntries([
    ...[...checked.reads].map((name) => [name, madeUp(name, shapeOf(checked, name), seed)]),
    ...checked.vocabulary.parameters.map((name) => [name, [parameters[name] ?? NaN]]),
  ]);
  const [base] = await device.run('slopes', [feeds]);
  const held = Object.entries(base ?? {}).filter(([name]) => name.startsWith(HELD));
  const places = variables.flatMap((name) => Array.from(feeds[name] ?? [], (_, i) => ({ name, i })));
  const moved = places.flatMap(({ name, i }) =>
    [STEP, -STEP].map((by) => ({ ...nudged(feeds, name, i, by), ...Object.fromEntries(held) })),
  );
  const outputs = await device.run('losses', moved);
  let most = 0;
  let difference = 0;
  places.forEach(({ name, i }, p) => {
    const analytic = base?.[slopeOf(name)]?.[i] ?? NaN;
    const lossAt = (j: number): number => outputs[2 * p + j]?.['loss']?.[0] ?? NaN;
    const numeric = (lossAt(0) - lossAt(1)) / (2 * STEP);
    const apart = Math.abs(analytic - numeric);
    most = Math.max(most, Math.abs(analytic), Math.abs(numeric));
    difference = Number.isNaN(apart) ? Infinity : Math.max(difference, apart);
  });
  return { largest: difference / Math.max(most, 1e-6), slopes: places.length };
}

const HELD = 'held ';
const slopeOf = (name: string): string => `slope of ${name}`;
const quantity = ({ vocabulary }: CheckedFormula, name: string) => quantities[vocabulary.setting].get(name);
const shapeOf = (checked: CheckedFormula, name: string): FormulaShape => quantity(checked, name)?.shape ?? [];
const sized = (shape: FormulaShape): number[] => shape.map((axis) => SIZES[axis]);

function nudged(feeds: Feeds, name: string, i: number, by: number): Feeds {
  const values = Array.from(feeds[name] as ArrayLike<number>);
  values[i] = (values[i] as number) + by;
  return { ...feeds, [name]: values };
}

/** Plausible numbers, no two alike: log-probs below 0, lengths and weights above. */
function madeUp(name: string, shape: FormulaShape, seed: number): number[] {
  const random = stream(seed, `gradient check ${name}`, 0);
  const count = sized(shape).reduce((product, n) => product * n, 1);
  return Array.from({ length: count }, (_, i) => {
    const u = random.uniform();
    if (/^(logp|ref|old|prompt_|class_logp)/.test(name))
      return name.endsWith('[t]') ? -0.2 - 2 * u : -3 - 4 * u;
    if (/^(len|position|rank)/.test(name)) return 1 + (i % 3);
    if (/^(head|vec|score|reward|advantage|margin)/.test(name)) return 2 * u - 1;
    return 0.1 + 0.8 * u;
  });
}

const TOKENS: readonly FormulaShape[] = [
  ['b', 't_w'],
  ['b', 't_l'],
  ['b', 'k', 't'],
];
const ones = (g: Graph, shape: number[]): Tensor =>
  g.constant(float(...shape), new Float64Array(sizeOf(shape)).fill(1));

/** The formula's mean loss over feeds; `stop` says what becomes of what stands in a stop_grad. */
function meanLoss(g: Graph, checked: CheckedFormula, stop: (x: Tensor, name: string) => Tensor) {
  const given = new Map<string, Tensor>();
  for (const name of checked.reads) given.set(name, g.feed(name, float(...sized(shapeOf(checked, name)))));
  for (const name of checked.vocabulary.parameters) given.set(name, g.feed(name, float()));
  let stops = 0;
  const writer: Writer = {
    scalar: (value) => g.scalar(value),
    apply: (op, inputs, attrs) =>
      op === 'stop_grad'
        ? stop(inputs[0] as Tensor, `${HELD}${stops++}`)
        : attrs === undefined
          ? g.apply(op, inputs)
          : g.apply(op, inputs, attrs),
  };
  const masks = Object.fromEntries(TOKENS.map((axes) => [axes.at(-1) as Axis, ones(g, sized(axes))]));
  const loss = lower(writer, checked, { given, sizes: SIZES, masks }).get('loss') as Tensor;
  const scaled = (x: Tensor, scale: number): Tensor => g.apply('affine', [x], { scale, shift: 0 });
  // nothing of everything that is read, for a line that the loss leaves out
  const mean = [...checked.reads].reduce(
    (sum, name) => g.apply('add', [sum, scaled(sumAll(g, given.get(name) as Tensor), 0)]),
    scaled(sumAll(g, loss), 1 / sizeOf(loss.shape)),
  );
  g.output('loss', mean);
  return { given, mean };
}

/** Analytic slopes at one place, and the values that stop_grad holds there. */
function slopes(checked: CheckedFormula, variables: readonly string[]): Graph {
  const g = createGraph();
  const { given, mean } = meanLoss(g, checked, (x, name) => {
    g.output(name, x);
    return g.apply('stop_grad', [x]);
  });
  const inputs = variables.map((name) => given.get(name) as Tensor);
  differentiate(g, mean, inputs).forEach((slope, i) => g.output(slopeOf(variables[i] as string), slope));
  return g;
}

/** The loss nearby, with those values given. */
function losses(checked: CheckedFormula): Graph {
  const g = createGraph();
  meanLoss(g, checked, (x, name) => g.feed(name, float(...x.shape)));
  return g;
}
