/**
 * The quantities of the setting `pairs`, as tensors: just those that a formula reads. Rows 0 .. B-1 of the batch are the
 * chosen responses, rows B .. 2B-1 the rejected ones.
 */
import { GraphError } from '../base/errors.ts';
import type { Graph } from '../engine/graph.ts';
import type { Tensor } from '../engine/types.ts';
import type { CheckedFormula } from '../formulas/check.ts';
import { REWARD_MEAN } from '../formulas/check.ts';
import type { Environment } from '../formulas/lower.ts';
import type { Axis, Need } from '../formulas/quantities.ts';
import { quantities } from '../formulas/quantities.ts';

/** Per-token values of both sides, each [2B, T]; a source is asked only when a formula reads it. */
export interface TokenSources {
  position: () => Tensor;
  logp: () => Tensor;
  ref: () => Tensor;
  entropy: () => Tensor;
  kl: () => Tensor;
  kl_ref: () => Tensor;
  p_squared: () => Tensor;
}

/** What an offline run over labelled pairs can provide; objectives that need more can't run there. */
export const OFFLINE_NEEDS: ReadonlySet<Need> = new Set([
  'per-token-kl',
  'per-token-entropy',
  'sum-p-squared',
  'columns',
  'mismatched',
  'running-mean',
]);

/** Whether a formula's value depends on the reference. */
export function readsReference({ reads }: Pick<CheckedFormula, 'reads'>): boolean {
  return [...reads].some((name) => /^(ref|kl|kl_ref)_[wlm](\[t\])?$/.test(name));
}

/** Columns of the data: a number a pair, or a number a response. */
export const PAIR_COLUMNS = [
  'margin_column',
  'strength',
  'weight',
  'label_probability',
  'score_w',
  'score_l',
] as const;
export type PairColumn = (typeof PAIR_COLUMNS)[number];

export interface PairBatch {
  batch: number;
  length: number;
  /** [2B, T]: 1 where a target belongs to its response. */
  mask: Tensor;
  tokens: TokenSources;
  column: (name: PairColumn) => Tensor;
  /** A scalar head's number for both sides, [2B]; absent where the model has none. */
  head?: () => Tensor;
  /** Of each pair's prompt with a response of another pair, [B]; no gradient flows through either. */
  mismatched: { logp: () => Tensor; ref: () => Tensor };
  /** The running mean of the rewards [], given everything else that the formula reads. */
  rewardMean: (around: Environment) => Tensor;
  parameter: (name: string) => Tensor;
}

/** The chosen and the rejected response, as formulas name them. */
export const SIDES = ['w', 'l'] as const;
export type Side = (typeof SIDES)[number];

/** Columns of the pair in the other order, by name; the others stay. */
export const TURNED: Partial<Record<PairColumn, PairColumn>> = { score_w: 'score_l', score_l: 'score_w' };

/**
 * Everything that `lower` wants for this formula. `turned`: every pair in its other order, as if the rejected response
 * were the chosen one.
 */
export function pairEnvironment(
  g: Graph,
  checked: CheckedFormula,
  from: PairBatch,
  turned = false,
): Environment {
  const { batch, length } = from;
  const half = (x: Tensor, side: Side): Tensor => {
    const size = x.shape.length === 1 ? batch : batch * length;
    const shape = x.shape.length === 1 ? [batch] : [batch, length];
    return g.apply('view', [x], { offset: (side === 'w') === turned ? size : 0, shape });
  };
  const column = (name: PairColumn): Tensor => {
    if (!turned) return from.column(name);
    const value = from.column(TURNED[name] ?? name);
    if (name === 'margin_column') return g.apply('neg', [value]);
    return name === 'label_probability' ? g.apply('affine', [value], { scale: -1, shift: 1 }) : value;
  };
  const sums = new Map<string, Tensor>();
  const sumOf = (key: string, values: () => Tensor): Tensor => {
    const known = sums.get(key) ?? g.apply('sum_last', [g.apply('mul', [values(), from.mask])]);
    sums.set(key, known);
    return known;
  };
  const perToken = new Map<string, Tensor>();
  const valuesOf = (key: keyof TokenSources): Tensor => {
    const known = perToken.get(key) ?? from.tokens[key]();
    perToken.set(key, known);
    return known;
  };

  const quantity = (name: string): Tensor => {
    if ((PAIR_COLUMNS as readonly string[]).includes(name)) return column(name as PairColumn);
    if (name === 'logp_m') return from.mismatched.logp();
    if (name === 'ref_m') return from.mismatched.ref();
    const [, key, side, index] = /^(.+)_([wl])(\[t\])?$/.exec(name) ?? [];
    if (key === 'len')
      return half(
        sumOf('len', () => g.apply('mul', [from.mask, from.mask])),
        side as Side,
      );
    if (key === 'head' && from.head !== undefined) return half(from.head(), side as Side);
    if (key === undefined || !Object.hasOwn(from.tokens, key)) {
      throw new GraphError(`an offline run has no ${name}; check what the formula needs first.`);
    }
    const values = (): Tensor => valuesOf(key as keyof TokenSources);
    return half(index === undefined ? sumOf(key, values) : values(), side as Side);
  };

  const given = new Map<string, Tensor>();
  const own = [...checked.reads].filter((name) => quantities.pairs.has(name) && name !== REWARD_MEAN);
  for (const name of own) given.set(name, quantity(name));
  for (const name of checked.vocabulary.parameters) given.set(name, from.parameter(name));
  const masks = Object.fromEntries(SIDES.map((side) => [`t_${side}` as Axis, half(from.mask, side)]));
  const around = { given, sizes: { b: batch, t_w: length, t_l: length }, masks };
  if (checked.reads.has(REWARD_MEAN)) given.set(REWARD_MEAN, from.rewardMean(around));
  return around;
}
