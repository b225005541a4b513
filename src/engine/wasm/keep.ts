/**
 * What a forward call keeps for its gradient: exponentials and attention weights, which would take longer to compute again
 * than to read. The gradient's numbers are the same with and without.
 */
import type { Operand, Step } from '../plan.ts';
import type { OpName, Shape } from '../types.ts';
import { MUTATES, rowsAndColumns, sizeOf } from '../types.ts';

type Keeper = 'attention' | 'swiglu' | 'token_logp';

/** The op's gradient, and the words that one replica keeps. */
const KEEPERS: { [O in Keeper]: { gradient: OpName; words: (step: Step<O>) => number } } = {
  /** Weights [S,H,T,T], T up to a multiple of 8. */
  attention: {
    gradient: 'attention_grad',
    words: (step) => {
      const { heads, length } = step.attrs;
      const [rows] = rowsAndColumns(step.output.shape);
      const wide = Math.ceil(length / 8) * 8;
      return (rows / length) * heads * wide * wide;
    },
  },
  /** e^-gate [N,F]. */
  swiglu: { gradient: 'swiglu_grad', words: (step) => sizeOf(step.output.shape) },
  /** e^(x - max) [N,V], then its sums [N]. */
  token_logp: {
    gradient: 'token_logp_grad',
    words: (step) => sizeOf(step.inputs[0]?.shape as Shape) + sizeOf(step.output.shape),
  },
};

/** Places of what is kept, in words behind the arena, for the steps that write or read it. */
export interface KeptPlan {
  words: number;
  places: ReadonlyMap<Step, { offset: number; stride: number }>;
}

const aligned = (words: number): number => Math.ceil(words / 16) * 16;

export function planKept(steps: readonly Step[]): KeptPlan {
  const places = new Map<Step, { offset: number; stride: number }>();
  let words = 0;
  steps.forEach((step, i) => {
    const keeper = (KEEPERS as Partial<Record<OpName, { gradient: OpName; words: (step: Step) => number }>>)[
      step.op
    ];
    const gradient = keeper && gradientOf(steps, i, keeper.gradient);
    if (keeper === undefined || gradient === undefined) return;
    const place = { offset: words, stride: aligned(keeper.words(step)) };
    words += place.stride * step.replicas;
    places.set(step, place);
    places.set(gradient, place);
  });
  return { words, places };
}

/** The gradient step that reads the same input as step i, while that still holds what step i read. */
function gradientOf(steps: readonly Step[], i: number, op: OpName): Step | undefined {
  const forward = steps[i] as Step;
  const input = forward.inputs[0] as Operand;
  for (const step of steps.slice(i + 1)) {
    const [first] = step.inputs;
    const same = first?.offset === input.offset && first.stride === input.stride;
    if (step.op === op && same && step.attrs === forward.attrs && step.replicas === forward.replicas)
      return step;
    if (writtenBy(step).some((place) => overlap(place, input, forward.replicas))) return undefined;
  }
  return undefined;
}

const writtenBy = (step: Step): Operand[] => [step.output, ...step.inputs.slice(0, MUTATES[step.op] ?? 0)];

function overlap(a: Operand, b: Operand, replicas: number): boolean {
  const end = ({ offset, stride, shape }: Operand): number =>
    offset + stride * (replicas - 1) + sizeOf(shape);
  return a.offset < end(b) && b.offset < end(a);
}
