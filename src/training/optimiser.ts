/** AdamW with linear warm-up and clipping by the global norm, over the flat block of all parameters. */
import type { ParameterTable } from '../base/parameters.ts';
import type { Feeds } from '../engine/backend.ts';
import type { Graph } from '../engine/graph.ts';
import { float } from '../engine/graph.ts';
import type { Tensor } from '../engine/types.ts';

export const optimiserParameters = {
  lr: {
    label: 'learning rate',
    min: 1e-6,
    max: 1e-1,
    step: 1e-6,
    default: 1e-4,
    unit: '',
    scale: 'log',
    help: 'Larger moves faster, and past a point breaks the language.',
  },
  warmup_steps: {
    label: 'warm-up',
    min: 0,
    max: 1000,
    step: 1,
    default: 5,
    unit: 'steps',
    integer: true,
    help: 'Steps over which the learning rate rises from 0.',
  },
  adam_beta1: {
    label: 'beta 1',
    min: 0,
    max: 0.999,
    step: 0.001,
    default: 0.9,
    unit: '',
    help: 'Memory of the mean gradient.',
  },
  adam_beta2: {
    label: 'beta 2',
    min: 0,
    max: 0.9999,
    step: 0.0001,
    default: 0.999,
    unit: '',
    help: 'Memory of the squared gradient.',
  },
  adam_epsilon: {
    label: 'epsilon',
    min: 1e-10,
    max: 1e-2,
    step: 1e-10,
    default: 1e-8,
    unit: '',
    scale: 'log',
    help: 'Added to the root in the denominator.',
  },
  weight_decay: {
    label: 'weight decay',
    min: 0,
    max: 1,
    step: 0.001,
    default: 0,
    unit: '',
    help: 'Pulls every parameter to 0.',
  },
  max_grad_norm: {
    label: 'clip at',
    min: 0.01,
    max: 1000,
    step: 0.01,
    default: 1,
    unit: '',
    scale: 'log',
    help: 'Gradients whose global norm is larger are scaled down to it.',
  },
} satisfies ParameterTable;

export type OptimiserSettings = { [K in keyof typeof optimiserParameters]: number };

/** One optimiser of a program: its states and feeds bear its prefix, so that several lie side by side on a device. */
export interface Optimiser {
  /** What a checkpoint must hold beside the parameters to go on with the same bits; zeros at the start. */
  readonly states: readonly [m: string, v: string];
  /**
   * Writes the update of `block` [P] from `gradients` (in the order of the flat block) and returns the global norm [].
   * Clipping as torch.nn.utils.clip_grad_norm_: scale max / (norm + 1e-6), at most 1.
   */
  update(g: Graph, block: Tensor, gradients: readonly Tensor[]): Tensor;
  /** What every program with that update is fed at step t (from 1), one of each a replica. */
  feeds(settings: OptimiserSettings, step: number): Feeds;
}

/**
 * AdamW (Loshchilov and Hutter, 2019). A second optimiser on a device needs a prefix: moments that two blocks of parameters
 * would share are refused when the programs are loaded. The optimiser of a run's policy or reward model has none.
 */
export function adamw(prefix = ''): Optimiser {
  const states = [`${prefix}adam.m`, `${prefix}adam.v`] as const;
  const [hyper, most] = [`${prefix}hyper`, `${prefix}max_grad_norm`];
  return {
    states,
    update: (g, block, gradients) => {
      const placement = { replicated: block.replicated };
      const [m, v] = states.map((name) => g.state(name, block, placement)) as [Tensor, Tensor];
      const flat = g.apply('pack', gradients);
      const norm = g.apply('sqrt', [g.apply('sum_last', [g.apply('square', [flat])])]);
      const allowed = g.apply('div', [
        g.feed(most, float(), placement),
        g.apply('affine', [norm], { scale: 1, shift: 1e-6 }),
      ]);
      const scale = g.apply('min', [g.scalar(1), allowed]);
      g.apply('adamw', [block, m, v, flat, scale, g.feed(hyper, float(7), placement)]);
      return norm;
    },
    feeds: (settings, step) => ({ [hyper]: adamwNumbers(settings, step), [most]: [settings.max_grad_norm] }),
  };
}

/** The optimiser of a run. */
export const ADAMW = adamw();

/** lr, beta1, beta2, eps, decay, 1-beta1^t, 1-beta2^t for step t (from 1): the input `hyper` of the op `adamw`. */
function adamwNumbers(settings: OptimiserSettings, step: number): number[] {
  const { adam_beta1: beta1, adam_beta2: beta2, adam_epsilon: eps, weight_decay: decay } = settings;
  return [
    learningRate(settings, step),
    beta1,
    beta2,
    eps,
    decay,
    1 - wholePower(beta1, step),
    1 - wholePower(beta2, step),
  ];
}

/** The learning rate of step t (from 1): t / warmup_steps of the full one until that is reached. */
export function learningRate({ lr, warmup_steps: warmup }: OptimiserSettings, step: number): number {
  return lr * (step < warmup ? step / warmup : 1);
}

/** base^n by repeated squaring: the same bits everywhere, unlike `**`. */
function wholePower(base: number, n: number): number {
  let result = 1;
  let square = base;
  for (let left = n; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) result *= square;
    square *= square;
  }
  return result;
}
