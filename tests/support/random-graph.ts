/** Random graphs of ops that move numbers about, and a device that follows the memory plan to the letter, in float64. */
import fc from 'fast-check';
import type { Feeds } from '../../src/engine/backend.ts';
import type { Graph } from '../../src/engine/graph.ts';
import { createGraph, float } from '../../src/engine/graph.ts';
import type { Operand, ProgramPlan, Step } from '../../src/engine/plan.ts';
import { elementwise } from '../../src/engine/reference/elementwise.ts';
import type { Block, Kernel } from '../../src/engine/reference/kernel.ts';
import { linear } from '../../src/engine/reference/linear.ts';
import { stateful } from '../../src/engine/reference/stateful.ts';
import type { OpName, Tensor } from '../../src/engine/types.ts';
import { sizeOf } from '../../src/engine/types.ts';

/** Which op, which earlier tensors, an offset: each read modulo what there is. */
type Choice = readonly [op: number, a: number, b: number, c: number];

interface GraphRecipe {
  replicas: number;
  choices: readonly Choice[];
  outputs: readonly number[];
  /** For each state, what is written into it at the end, if anything. */
  writes: readonly (number | null)[];
}

const STATES = [3, 8, 17];

export const graphRecipe: fc.Arbitrary<GraphRecipe> = fc.record({
  replicas: fc.constantFrom(1, 3),
  choices: fc.array(fc.tuple(fc.nat(), fc.nat(), fc.nat(), fc.nat()), { minLength: 1, maxLength: 25 }),
  outputs: fc.array(fc.nat(), { minLength: 1, maxLength: 4 }),
  writes: fc.array(fc.option(fc.nat()), { minLength: STATES.length, maxLength: STATES.length }),
});

const view = (g: Graph, x: Tensor, offset: number, n: number): Tensor =>
  g.apply('view', [x], { offset, shape: [n] });

/** Elementwise ops, views of views, packs of anything, and writes into states at the end. */
export function buildGraph({ replicas, choices, outputs, writes }: GraphRecipe): Graph {
  const g = createGraph(replicas);
  const states = STATES.map((n, i) => g.state(`s${i}`, float(n), { replicated: i !== 1 }));
  const tensors = [...states, g.feed('shared', float(5)), g.feed('each', float(9), { replicated: true })];
  tensors.push(g.constant(float(4), [1, 2, 3, 4]));
  for (const choice of choices) tensors.push(choose(g, tensors, choice));
  // a view of a state is what the state holds at the time of reading, which differs once it is written
  const steady = tensors.filter((t) => states.includes(t) || !states.includes(rootOf(t)));
  outputs.forEach((o, i) => g.output(`o${i}`, steady[o % steady.length] as Tensor));
  const values = states.map((s, i) => valueFor(g, s, tensors[(writes[i] ?? 0) % tensors.length] as Tensor));
  states.forEach((state, i) => {
    const value = values[i] as Tensor;
    if (writes[i] !== null && (state.replicated || !value.replicated)) g.apply('copy', [state, value]);
  });
  return g;
}

function choose(g: Graph, tensors: readonly Tensor[], [op, a, b, c]: Choice): Tensor {
  const pick = (i: number): Tensor => tensors[i % tensors.length] as Tensor;
  const [x, y] = [pick(a), pick(b)];
  const [size, other] = [sizeOf(x.shape), sizeOf(y.shape)];
  const n = Math.min(size, other);
  switch (op % 5) {
    case 0:
      return g.apply('neg', [x]);
    case 1:
      return g.apply('add', [view(g, x, 0, n), view(g, y, other - n, n)]);
    case 2:
      return view(g, x, b % size, 1 + (c % (size - (b % size))));
    case 3:
      return g.apply('pack', [x, y, pick(c), pick(a + 1)]);
    default:
      return g.apply('expand_last', [view(g, x, b % size, 1)], { n: 1 + (c % 12) });
  }
}

/** Something new of the state's size. */
function valueFor(g: Graph, state: Tensor, x: Tensor): Tensor {
  const n = sizeOf(state.shape);
  const negative = g.apply('neg', [x]);
  const long = sizeOf(x.shape) >= n ? negative : g.apply('expand_last', [negative], { n });
  return view(g, long, 0, n);
}

export function rootOf(tensor: Tensor): Tensor {
  const { source } = tensor;
  return source.kind === 'op' && source.op === 'view' ? rootOf(source.inputs[0] as Tensor) : tensor;
}

/** The words that an operand takes up in one replica. */
export function placeOf({ offset, stride, shape }: Operand, replica: number): [begin: number, end: number] {
  const begin = offset + replica * stride;
  return [begin, begin + sizeOf(shape)];
}

const kernels: Partial<Record<OpName, unknown>> = { ...elementwise, ...linear, ...stateful };

/** One run in `memory`, kernel by kernel, where the plan says. Returns the outputs, all replicas of each. */
export function followPlan(plan: ProgramPlan, memory: Float64Array, feeds: Feeds): Record<string, number[]> {
  for (const [name, place] of plan.feeds) store(memory, place, plan.replicas, feeds[name] as number[]);
  for (const step of plan.steps) followStep(step, memory);
  return readOutputs(plan, memory);
}

export function readOutputs(plan: ProgramPlan, memory: Float64Array): Record<string, number[]> {
  return Object.fromEntries(
    [...plan.outputs].map(([name, place]) => [name, recall(memory, place, plan.replicas)]),
  );
}

export function store(
  memory: Float64Array,
  place: Operand,
  replicas: number,
  values: ArrayLike<number>,
): void {
  const size = sizeOf(place.shape);
  for (let r = 0; r < (place.stride > 0 ? replicas : 1); r++) {
    for (let i = 0; i < size; i++)
      memory[placeOf(place, r)[0] + i] = values[(r * size + i) % values.length] as number;
  }
}

export function recall(memory: Float64Array, place: Operand, replicas: number): number[] {
  return Array.from({ length: place.stride > 0 ? replicas : 1 }, (_, r) => [
    ...memory.slice(...placeOf(place, r)),
  ]).flat();
}

function followStep({ op, attrs, inputs, output, replicas }: Step, memory: Float64Array): void {
  const kernel = kernels[op] as Kernel<OpName>;
  for (let r = 0; r < replicas; r++) {
    const blocks = inputs.map((place): Block => ({
      shape: place.shape,
      data: memory.subarray(...placeOf(place, r)),
    }));
    const result = new Float64Array(sizeOf(output.shape));
    kernel(blocks, result, attrs);
    memory.set(result, placeOf(output, r)[0]);
  }
}
