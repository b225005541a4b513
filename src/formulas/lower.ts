/** A checked formula to ops of the engine, in whatever graph it is to be part of. */
import { GraphError } from '../base/errors.ts';
import { sumAll } from '../engine/op-row.ts';
import type { Writer } from '../engine/op-row.ts';
import type { OpName, Tensor } from '../engine/types.ts';
import { sizeOf } from '../engine/types.ts';
import type { CheckedFormula } from './check.ts';
import type { FunctionName } from './functions.ts';
import type { Axis, FormulaShape } from './quantities.ts';
import { quantities } from './quantities.ts';
import type { BinaryOperator, Expression } from './syntax.ts';

/** What the surrounding program provides. */
export interface Environment {
  /** Every quantity that the formula reads, with exactly the shape of its axes, and every parameter as a scalar. */
  given: ReadonlyMap<string, Tensor>;
  sizes: Readonly<Partial<Record<Axis, number>>>;
  /** For each token axis that occurs: 1 where a token belongs to the response; of the shape of that axis' quantities. */
  masks: Readonly<Partial<Record<Axis, Tensor>>>;
}

/** A tensor with the axes that it stands for. */
interface Value {
  tensor: Tensor;
  shape: FormulaShape;
}

/** A value, and whether a gradient may flow through it to the policy. */
interface Found extends Value {
  trains: boolean;
}

/** The tensors of all assigned names. */
export function lower(g: Writer, checked: CheckedFormula, around: Environment): Map<string, Tensor> {
  const known = quantities[checked.vocabulary.setting];
  const assigned = new Map<string, Found>();
  const read = new Map<string, Found>();
  const quantity = (name: string): Found => {
    const tensor = around.given.get(name);
    if (tensor === undefined)
      throw new GraphError(`the formula reads ${name}, which was not given; check it first.`);
    const { shape = [], frozen = true } = known.get(name) ?? {};
    const found = { tensor: frozen ? tensor : masked(g, { tensor, shape }, around), shape, trains: !frozen };
    read.set(name, found);
    return found;
  };
  const value = (e: Expression): Found => {
    switch (e.kind) {
      case 'number':
        return { tensor: g.scalar(e.value), shape: [], trains: false };
      case 'name':
        return assigned.get(e.name) ?? read.get(e.name) ?? quantity(e.name);
      case 'negate': {
        const { tensor, shape, trains } = value(e.operand);
        return { tensor: g.apply('neg', [tensor]), shape, trains };
      }
      case 'binary':
        return combined([value(e.left), value(e.right)], OPERATORS[e.operator]);
      case 'call':
        return combined(e.arguments.map(value), CALLS[e.name as FunctionName]);
      default:
        return e satisfies never;
    }
  };
  const combined = (values: readonly Found[], write: Lowering): Found => ({
    ...write(g, spread(g, values, around), around),
    trains: values.some(({ trains }) => trains),
  });
  for (const { name, value: expression } of checked.formula) assigned.set(name, value(expression));
  return new Map([...assigned].map(([name, { tensor }]) => [name, tensor]));
}

/**
 * All of one shape: smaller ones are repeated over the axes that they lack. Plain numbers stay, the ops spread them;
 * but where they train and meet tokens they are repeated too, to be masked.
 */
function spread(g: Writer, values: readonly Found[], around: Environment): Value[] {
  const shape = values.reduce<FormulaShape>((most, v) => (v.shape.length > most.length ? v.shape : most), []);
  const overTokens = shape.at(-1)?.startsWith('t') === true;
  return values.map((v) => {
    if (v.shape.length === shape.length) return v;
    const guarded = v.trains && overTokens;
    if (v.shape.length === 0 && !guarded) return { tensor: v.tensor, shape };
    let { tensor } = v;
    for (const axis of shape.slice(v.shape.length)) {
      const n = around.sizes[axis];
      if (n === undefined)
        throw new GraphError(`the program around the formula gives no size for axis ${axis}.`);
      tensor = g.apply('expand_last', [tensor], { n });
    }
    return { tensor: guarded ? masked(g, { tensor, shape }, around) : tensor, shape };
  });
}

/**
 * Zeros where no token of the response stands. Its derivative picks by the mask as well, so that a slope that is not
 * finite there (1 / 0 at a place that does not count) never reaches the policy as 0 * infinity.
 */
function masked(g: Writer, { tensor, shape }: Value, { masks }: Environment): Tensor {
  const mask = masks[shape.at(-1) ?? 'b'];
  return mask === undefined ? tensor : g.apply('where', [mask, tensor, g.scalar(0)]);
}

const NOTHING: Environment = { given: new Map(), sizes: {}, masks: {} };

type Lowering = (g: Writer, values: readonly Value[], around: Environment) => Value;

const elementwise =
  (op: OpName): Lowering =>
  (g, values) => ({
    tensor: g.apply(
      op,
      values.map((v) => v.tensor),
    ),
    shape: (values[0] as Value).shape,
  });

const not = (g: Writer, { tensor, shape }: Value): Value => ({
  tensor: g.apply('affine', [tensor], { scale: -1, shift: 1 }),
  shape,
});

const OPERATORS: Record<BinaryOperator, Lowering> = {
  '+': (g, values) => apply(g, 'add', values),
  '-': (g, values) => apply(g, 'sub', values),
  '*': (g, values) => apply(g, 'mul', values),
  '/': (g, values) => apply(g, 'div', values),
  '>': (g, values) => apply(g, 'greater', values),
  '<': (g, values) => apply(g, 'greater', [...values].reverse()),
  '<=': (g, values) => not(g, apply(g, 'greater', values)),
  '>=': (g, values) => not(g, apply(g, 'greater', [...values].reverse())),
};

function apply(g: Writer, op: OpName, values: readonly Value[]): Value {
  return elementwise(op)(g, values, NOTHING);
}

/** Reduces or rewrites the last axis of the only argument. */
const last =
  (write: (g: Writer, x: Tensor) => Tensor, keeps = false): Lowering =>
  (g, [x]) => {
    const { tensor, shape } = x as Value;
    return { tensor: write(g, tensor), shape: keeps ? shape : shape.slice(0, -1) };
  };

/** The same over the whole batch: everything laid out as one axis. */
const whole =
  (write: (g: Writer, x: Tensor) => Tensor): Lowering =>
  (g, [x]) => {
    const { tensor } = x as Value;
    return {
      tensor: write(g, g.apply('view', [tensor], { offset: 0, shape: [sizeOf(tensor.shape)] })),
      shape: [],
    };
  };

const size = (x: Tensor): number => x.shape.at(-1) as number;
const sumLast = (g: Writer, x: Tensor): Tensor => g.apply('sum_last', [x]);
const scaled = (g: Writer, x: Tensor, scale: number): Tensor => g.apply('affine', [x], { scale, shift: 0 });
const meanLast = (g: Writer, x: Tensor): Tensor => scaled(g, sumLast(g, x), 1 / size(x));

/** Below it a variance counts as none: the square root's slope there would be without bound. */
const LEAST_VARIANCE = 1e-30;

/** With n - 1 below, as torch.std; 0, and without a slope, where all values are equal. */
function stdLast(g: Writer, x: Tensor): Tensor {
  const away = g.apply('sub', [x, g.apply('expand_last', [meanLast(g, x)], { n: size(x) })]);
  const variance = scaled(g, sumLast(g, g.apply('square', [away])), 1 / Math.max(1, size(x) - 1));
  const least = g.scalar(LEAST_VARIANCE);
  const root = g.apply('sqrt', [g.apply('max', [least, variance])]);
  return g.apply('where', [g.apply('greater', [variance, least]), root, g.scalar(0)]);
}

function softmaxLast(g: Writer, x: Tensor): Tensor {
  const total = g.apply('expand_last', [g.apply('log_sum_exp', [x])], { n: size(x) });
  return g.apply('exp', [g.apply('sub', [x, total])]);
}

const logSumExpLast = (g: Writer, x: Tensor): Tensor => g.apply('log_sum_exp', [x]);
const sortLast = (g: Writer, x: Tensor): Tensor => g.apply('take_last', [x, g.apply('argsort', [x])]);

function rankLast(g: Writer, x: Tensor): Tensor {
  const order = g.apply('to_float', [g.apply('argsort', [x])]);
  return g.apply('to_float', [g.apply('argsort', [order])]);
}

/** The sum over the tokens that belong to the response; what stands elsewhere, even NaN, does not count. */
function maskedSum(g: Writer, x: Value, { masks }: Environment): Tensor {
  return sumLast(g, g.apply('where', [maskOf(x, masks), x.tensor, g.scalar(0)]));
}

function maskOf({ shape }: Value, masks: Environment['masks']): Tensor {
  const axis = shape.at(-1) as Axis;
  const mask = masks[axis];
  if (mask === undefined)
    throw new GraphError(`the program around the formula gives no mask for axis ${axis}.`);
  return mask;
}

/** Complete by type: a function without a lowering does not compile. */
const CALLS: { [F in FunctionName]: Lowering } = {
  exp: elementwise('exp'),
  expm1: elementwise('expm1'),
  log: elementwise('log'),
  log1p: elementwise('log1p'),
  log1mexp: elementwise('log1mexp'),
  sigmoid: elementwise('sigmoid'),
  log_sigmoid: elementwise('log_sigmoid'),
  softplus: elementwise('softplus'),
  tanh: elementwise('tanh'),
  relu: elementwise('relu'),
  abs: elementwise('abs'),
  sign: elementwise('sign'),
  sqrt: elementwise('sqrt'),
  square: elementwise('square'),
  stop_grad: elementwise('stop_grad'),
  min: elementwise('min'),
  max: elementwise('max'),
  pow: elementwise('pow'),
  where: elementwise('where'),
  clamp: (g, [x, low, high], around) =>
    elementwise('min')(g, [elementwise('max')(g, [x as Value, low as Value], around), high as Value], around),
  sum_t: (g, [x], around) => ({
    tensor: maskedSum(g, x as Value, around),
    shape: (x as Value).shape.slice(0, -1),
  }),
  mean_t: (g, [x], around) => {
    const count = g.apply('max', [sumLast(g, maskOf(x as Value, around.masks)), g.scalar(1)]);
    const mean = g.apply('div', [maskedSum(g, x as Value, around), count]);
    return { tensor: mean, shape: (x as Value).shape.slice(0, -1) };
  },
  sum_k: last(sumLast),
  mean_k: last(meanLast),
  std_k: last(stdLast),
  log_sum_exp_k: last(logSumExpLast),
  softmax_k: last(softmaxLast, true),
  sort_k: last(sortLast, true),
  rank_k: last(rankLast, true),
  tail_log_sum_exp_k: last((g, x) => g.apply('tail_log_sum_exp', [x]), true),
  sum: (g, [x]) => ({ tensor: sumAll(g, (x as Value).tensor), shape: [] }),
  mean: whole(meanLast),
  std: whole(stdLast),
  log_sum_exp: whole(logSumExpLast),
  softmax: last(softmaxLast, true),
  sort: last(sortLast, true),
  rank: last(rankLast, true),
};
