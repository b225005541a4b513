/** Formulas over small batches of made-up numbers: feeds for every quantity, and graphs that evaluate and differentiate. */
import { stream } from '../../src/base/random.ts';
import type { Stream } from '../../src/base/random.ts';
import type { Issue } from '../../src/base/errors.ts';
import type { Outputs } from '../../src/engine/backend.ts';
import { differentiate } from '../../src/engine/differentiate.ts';
import { createGraph, float } from '../../src/engine/graph.ts';
import type { Graph } from '../../src/engine/graph.ts';
import { sumAll } from '../../src/engine/op-row.ts';
import { openReference } from '../../src/engine/reference/index.ts';
import type { Tensor } from '../../src/engine/types.ts';
import { sizeOf } from '../../src/engine/types.ts';
import type { CheckedFormula, Vocabulary } from '../../src/formulas/check.ts';
import { checkFormula } from '../../src/formulas/check.ts';
import type { Environment } from '../../src/formulas/lower.ts';
import { lower } from '../../src/formulas/lower.ts';
import type { Axis, FormulaShape, Setting } from '../../src/formulas/quantities.ts';
import { quantities } from '../../src/formulas/quantities.ts';

export const SIZES: Readonly<Record<Axis, number>> = { b: 5, k: 4, t: 3, t_w: 6, t_l: 4 };

export type Numbers = Readonly<Record<string, readonly number[]>>;

export const shapeOf = (axes: FormulaShape): number[] => axes.map((axis) => SIZES[axis]);

/** The checked formula; throws its mistakes. */
export function formulaOf(text: string, vocabulary: Vocabulary): CheckedFormula {
  const checked = checkFormula(text, vocabulary);
  if (!checked.ok) throw new Error(`${text}\n${JSON.stringify(checked.issues)}`);
  return checked.value;
}

export function issuesOf(text: string, vocabulary: Vocabulary): Issue[] {
  const checked = checkFormula(text, vocabulary);
  return checked.ok ? [] : checked.issues;
}

/** Where a quantity's numbers lie, by its name; elsewhere around 0. */
const RANGES: [RegExp, (random: Stream) => number][] = [
  [/^(logp|ref|old|prompt|class_logp)/, (r) => -0.2 - 3 * r.uniform()],
  [/^(kl|entropy|weight|token_weight|err|mask)/, (r) => 0.1 + r.uniform()],
  [/^(p_squared|strength|win_rate)/, (r) => 0.05 + 0.9 * r.uniform()],
  [/^label_probability/, (r) => 0.5 + r.uniform() / 2],
  [/^(len|rank)/, (r) => 1 + r.integer(6)],
];

/** Numbers for every quantity of a setting, for ragged masks, and for the parameters; as a 32-bit device holds them. */
export function numbersFor({ setting, parameters }: Vocabulary, seed: number): Record<string, number[]> {
  const numbers: Record<string, number[]> = {};
  const masks = new Map<Axis, number[]>();
  const tokenAxes: Axis[] = setting === 'pairs' ? ['t_w', 't_l'] : ['t'];
  for (const axis of tokenAxes) {
    const rows = setting === 'pairs' ? SIZES.b : SIZES.b * SIZES.k;
    const random = stream(seed, `mask ${axis}`);
    const mask = Array.from({ length: rows }, () => {
      const length = 1 + random.integer(SIZES[axis]);
      return Array.from({ length: SIZES[axis] }, (_, i) => (i < length ? 1 : 0));
    }).flat();
    masks.set(axis, mask);
    numbers[maskName(axis)] = mask;
  }
  for (const [name, { shape }] of quantities[setting]) {
    const random = stream(seed, name);
    const last = shape.at(-1) as Axis;
    const draw = RANGES.find(([names]) => names.test(name))?.[1] ?? ((r: Stream) => 4 * r.uniform() - 2);
    const values = Array.from({ length: sizeOf(shapeOf(shape)) }, () => Math.fround(draw(random)));
    const mask = masks.get(last);
    numbers[name] = name.startsWith('position')
      ? values.map((_, i) => (mask?.[i] as number) * (1 + (i % SIZES[last])))
      : values;
  }
  for (const name of parameters) numbers[name] = [Math.fround(0.1 + 0.5 * stream(seed, `parameter ${name}`).uniform())]; // prettier-ignore
  return numbers;
}

export const maskName = (axis: Axis): string => axis.replace('t', 'mask');

/** A graph with a feed for everything that a formula of this vocabulary may read; feeds that none reads cost nothing. */
export interface FormulaGraph {
  graph: Graph;
  around: Environment;
  /** Trained quantities by name. */
  trained: ReadonlyMap<string, Tensor>;
}

export function formulaGraph({ setting, parameters }: Vocabulary): FormulaGraph {
  const graph = createGraph();
  const given = new Map<string, Tensor>();
  const trained = new Map<string, Tensor>();
  for (const [name, { shape, frozen }] of quantities[setting]) {
    const tensor = graph.feed(name, float(...shapeOf(shape)));
    given.set(name, tensor);
    if (!frozen) trained.set(name, tensor);
  }
  for (const name of parameters) given.set(name, graph.feed(name, float()));
  const axes: [Axis, FormulaShape][] = MASKS[setting];
  const masks = Object.fromEntries(
    axes.map(([axis, shape]) => [axis, graph.feed(maskName(axis), float(...shapeOf(shape)))]),
  );
  return { graph, around: { given, sizes: SIZES, masks }, trained };
}

const MASKS: Record<Setting, [Axis, FormulaShape][]> = {
  pairs: [
    ['t_w', ['b', 't_w']],
    ['t_l', ['b', 't_l']],
  ],
  groups: [['t', ['b', 'k', 't']]],
};

/**
 * Adds the outputs `LABEL loss` (as the formula gives it) and, where asked for, `LABEL d NAME` for every trained quantity
 * that it reads: the gradient of the mean loss.
 */
export function addFormula(
  { graph, around, trained }: FormulaGraph,
  checked: CheckedFormula,
  label = '',
  gradients = true,
): void {
  const loss = lower(graph, checked, around).get('loss') as Tensor;
  graph.output(`${label}loss`, loss);
  if (!gradients) return;
  let mean = graph.apply('affine', [sumAll(graph, loss)], { scale: 1 / sizeOf(loss.shape), shift: 0 });
  const wrt = [...trained].filter(([name]) => checked.reads.has(name));
  // a part of a formula may not reach the loss: nothing of each keeps the gradient defined
  for (const [, x] of wrt) {
    const nothing = graph.apply('affine', [sumAll(graph, x)], { scale: 0, shift: 0 });
    mean = graph.apply('add', [mean, nothing]);
  }
  const slopes = differentiate(graph, mean, wrt.map(([, x]) => x)); // prettier-ignore
  wrt.forEach(([name], i) => graph.output(`${label}d ${name}`, slopes[i] as Tensor));
}

/** Loss and gradients on the reference backend. */
export async function evaluate(checked: CheckedFormula, numbers: Numbers): Promise<Outputs> {
  const formula = formulaGraph(checked.vocabulary);
  addFormula(formula, checked);
  const device = openReference();
  await device.load({ main: formula.graph });
  const [outputs] = await device.run('main', [numbers]);
  return outputs as Outputs;
}

/** The value of every assigned name, on the reference backend. */
export async function evaluateNames(checked: CheckedFormula, numbers: Numbers): Promise<Outputs> {
  const { graph, around } = formulaGraph(checked.vocabulary);
  for (const [name, tensor] of lower(graph, checked, around)) graph.output(name, tensor);
  const device = openReference();
  await device.load({ main: graph });
  const [outputs] = await device.run('main', [numbers]);
  return outputs as Outputs;
}
