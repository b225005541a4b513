/**
 * The quantities of the setting `pairs`, as tensors: just those that a formula reads. Rows 0 .. B-1 of the batch are the
 * chosen responses, rows B .. 2B-1 the rejected ones.
 */
import { GraphError } from '../base/errors.ts';
import type { Graph } from '../engine/graph.ts';
import type { Tensor } from '../engine/types.ts';
import type { CheckedFormula } from '../formulas/check.ts';
import type { Surroundings } from '../formulas/lower.ts';
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
]);

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
  parameter: (name: string) => Tensor;
}

const SIDES = ['w', 'l'] as const;

/** Everything that `lower` wants for this formula. */
export function pairSurroundings(g: Graph, checked: CheckedFormula, from: PairBatch): Surroundings {
  const { batch, length } = from;
  const half = (x: Tensor, side: 'w' | 'l'): Tensor => {
    const size = x.shape.length === 1 ? batch : batch * length;
    const shape = x.shape.length === 1 ? [batch] : [batch, length];
    return g.apply('view', [x], { offset: side === 'w' ? 0 : size, shape });
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
    if ((PAIR_COLUMNS as readonly string[]).includes(name)) return from.column(name as PairColumn);
    const [, key, side, index] = /^(.+)_([wl])(\[t\])?$/.exec(name) ?? [];
    if (key === 'len')
      return half(
        sumOf('len', () => g.apply('mul', [from.mask, from.mask])),
        side as 'w' | 'l',
      );
    if (key === undefined || !Object.hasOwn(from.tokens, key)) {
      throw new GraphError(`an offline run has no ${name}; check what the formula needs first.`);
    }
    const values = (): Tensor => valuesOf(key as keyof TokenSources);
    return half(index === undefined ? sumOf(key, values) : values(), side as 'w' | 'l');
  };

  const given = new Map<string, Tensor>();
  for (const name of checked.reads) if (quantities.pairs.has(name)) given.set(name, quantity(name));
  for (const name of checked.vocabulary.parameters) given.set(name, from.parameter(name));
  const masks = Object.fromEntries(SIDES.map((side) => [`t_${side}` as Axis, half(from.mask, side)]));
  return { given, sizes: { b: batch, t_w: length, t_l: length }, masks };
}
