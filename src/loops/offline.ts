/**
 * Offline preference optimisation: a fixed set of labelled pairs, reference log-probs computed once. The training step is
 * one program: gather the batch, run the policy, evaluate the objective's formula, differentiate, AdamW.
 */
import { stream } from '../base/random.ts';
import { differentiate } from '../engine/differentiate.ts';
import type { Graph } from '../engine/graph.ts';
import { createGraph, float, integer } from '../engine/graph.ts';
import { sumAll } from '../engine/op-row.ts';
import type { Tensor } from '../engine/types.ts';
import { sizeOf } from '../engine/types.ts';
import type { CheckedFormula } from '../formulas/check.ts';
import { REWARD_NAMES } from '../formulas/check.ts';
import { lower } from '../formulas/lower.ts';
import type { LmConfig } from '../models/lm/config.ts';
import { forward, openWeights } from '../models/lm/decoder.ts';
import { POLICY, REFERENCE } from '../models/lm/programs.ts';
import { applyAdamw } from './optimiser.ts';
import type { PairColumn } from './pair-quantities.ts';
import { pairSurroundings } from './pair-quantities.ts';

/** The data on the device: rows 2p and 2p+1 are the chosen and rejected response of pair p; [rows, length] each. */
export const DATA = {
  tokens: 'data.tokens',
  targets: 'data.targets',
  mask: 'data.mask',
  reference: 'data.reference',
  /** place of each target within its response, from 1; 0 elsewhere */
  position: 'data.position',
} as const;

export interface OfflineShape {
  config: LmConfig;
  /** Pairs on the device, and pairs in a batch. */
  pairs: number;
  batch: number;
  /** Predictions a row. */
  length: number;
}

/**
 * Feeds: `rows` [2*batch] i32 (first the chosen, then the rejected rows), `pairs` [batch] i32 where the formula reads a
 * column, one scalar `parameter.NAME` for each parameter, and those of the optimiser. Outputs: `loss` [], `grad_norm` [],
 * and per pair [batch] `reward_w`, `reward_l`, `logp_w`, `logp_l`. A loss per pair is averaged over the batch.
 */
export function offlineProgram(shape: OfflineShape, checked: CheckedFormula): Graph {
  const { config, batch, length } = shape;
  const g = createGraph();
  const { block, weights } = openWeights(g, config, POLICY);
  const data = batchOf(g, shape);
  const tokens = flat(g, data.tokens);
  const targets = flat(g, data.targets);
  const logits = forward(g, config, weights, tokens, length);
  const reference = once(() => forward(g, config, openWeights(g, config, REFERENCE).weights, tokens, length));
  const rows = (x: Tensor): Tensor => g.apply('view', [x], { offset: 0, shape: [2 * batch, length] });
  const logp = rows(g.apply('token_logp', [logits, targets]));
  const pairs = once(() => g.feed('pairs', integer(batch)));

  const around = pairSurroundings(g, checked, {
    batch,
    length,
    mask: data.mask,
    tokens: {
      position: () => data.position(),
      logp: () => logp,
      ref: () => data.reference,
      entropy: () => rows(g.apply('token_entropy', [logits])),
      kl: () => rows(g.apply('token_kl', [logits, reference()])),
      kl_ref: () => rows(g.apply('token_kl', [reference(), logits])),
      p_squared: () => rows(g.apply('token_sum_p_squared', [logits])),
    },
    column: (name) => g.apply('gather', [g.state(columnState(name), float(shape.pairs)), pairs()]),
    parameter: (name) => g.feed(`parameter.${name}`, float()),
  });
  const values = lower(g, checked, around);
  const loss = meanOf(g, values.get('loss') as Tensor);
  const norm = applyAdamw(g, block, differentiate(g, loss, weights.all));

  g.output('loss', loss);
  g.output('grad_norm', norm);
  const sums = { logp, ref: data.reference };
  const [logps, refs] = Object.values(sums).map((x) => g.apply('sum_last', [g.apply('mul', [x, data.mask])]));
  const ratios = g.apply('sub', [logps as Tensor, refs as Tensor]);
  for (const side of ['w', 'l'] as const) {
    const half = { offset: side === 'w' ? 0 : batch, shape: [batch] };
    g.output(`logp_${side}`, g.apply('view', [logps as Tensor], half));
    const reward = values.get(REWARD_NAMES[side]) ?? g.apply('view', [ratios], half);
    g.output(
      `reward_${side}`,
      reward.shape.length === 0 ? g.apply('expand_last', [reward], { n: batch }) : reward,
    );
  }
  return g;
}

/** The state that holds a column of the data, [pairs]. */
export const columnState = (name: PairColumn): string => `data.${name}`;

/** A value that is made at its first use. */
function once<T>(make: () => T): () => T {
  let made: { value: T } | null = null;
  return () => (made ??= { value: make() }).value;
}

interface Batch {
  tokens: Tensor;
  targets: Tensor;
  mask: Tensor;
  reference: Tensor;
  position: () => Tensor;
}

/** The batch's rows of the data, each [2*batch, length]. */
function batchOf(g: Graph, { pairs, batch, length }: OfflineShape): Batch {
  const rows = g.feed('rows', integer(2 * batch));
  const pick = (table: Tensor): Tensor => g.apply('gather', [table, rows]);
  return {
    tokens: pick(g.state(DATA.tokens, integer(2 * pairs, length))),
    targets: pick(g.state(DATA.targets, integer(2 * pairs, length))),
    mask: pick(g.state(DATA.mask, float(2 * pairs, length))),
    reference: pick(g.state(DATA.reference, float(2 * pairs, length))),
    position: () => pick(g.state(DATA.position, float(2 * pairs, length))),
  };
}

const flat = (g: Graph, x: Tensor): Tensor => g.apply('view', [x], { offset: 0, shape: [sizeOf(x.shape)] });

function meanOf(g: Graph, x: Tensor): Tensor {
  return g.apply('affine', [sumAll(g, x)], { scale: 1 / sizeOf(x.shape), shift: 0 });
}

/**
 * The pairs of step k (from 1): each epoch visits every pair once, in an order of its own; a batch may span two epochs.
 * Depends on (seed, pairs, batch, k) alone, so a run can go on from any step.
 */
export function batchPairs(seed: number, pairs: number, batch: number, step: number): number[] {
  const first = (step - 1) * batch;
  const picked: number[] = [];
  let order: number[] = [];
  let epoch = -1;
  for (let i = first; i < first + batch; i++) {
    if (Math.floor(i / pairs) !== epoch) {
      epoch = Math.floor(i / pairs);
      order = stream(seed, 'data-order', epoch).shuffle(Array.from({ length: pairs }, (_, p) => p));
    }
    picked.push(order[i % pairs] as number);
  }
  return picked;
}

/** The feed `rows` for these pairs: their chosen rows, then their rejected rows. */
export function batchRows(pairs: readonly number[]): number[] {
  return [...pairs.map((p) => 2 * p), ...pairs.map((p) => 2 * p + 1)];
}
