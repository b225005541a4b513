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
import { lower } from '../formulas/lower.ts';
import type { Formula } from '../formulas/syntax.ts';
import type { LmConfig } from '../models/lm/config.ts';
import { forward, openWeights } from '../models/lm/decoder.ts';
import { POLICY } from '../models/lm/programs.ts';
import { applyAdamw } from './optimiser.ts';

/** The data on the device: rows 2p and 2p+1 are the chosen and rejected response of pair p; [rows, length] each. */
export const DATA = {
  tokens: 'data.tokens',
  targets: 'data.targets',
  mask: 'data.mask',
  reference: 'data.reference',
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
 * Feeds: `rows` [2*batch] i32 (first the chosen, then the rejected rows), one scalar `parameter.NAME` for each of
 * `parameters`, and those of the optimiser. Outputs: `loss` [], `grad_norm` [], and per pair [batch] `reward_w`,
 * `reward_l`, `logp_w`, `logp_l`. The formula's `loss` is averaged over the batch.
 */
export function offlineProgram(shape: OfflineShape, formula: Formula, parameters: readonly string[]): Graph {
  const { config, batch, length } = shape;
  const g = createGraph();
  const { block, weights } = openWeights(g, config, POLICY);
  const data = batchOf(g, shape);
  const logits = forward(g, config, weights, flat(g, data.tokens), length);
  const logp = g.apply('view', [g.apply('token_logp', [logits, flat(g, data.targets)])], {
    offset: 0,
    shape: [2 * batch, length],
  });

  const sums = {
    logp: g.apply('sum_last', [g.apply('mul', [logp, data.mask])]),
    ref: g.apply('sum_last', [g.apply('mul', [data.reference, data.mask])]),
    len: g.apply('sum_last', [data.mask]),
  };
  const given = new Map<string, Tensor>();
  for (const [name, both] of Object.entries(sums)) {
    given.set(`${name}_w`, g.apply('view', [both], { offset: 0, shape: [batch] }));
    given.set(`${name}_l`, g.apply('view', [both], { offset: batch, shape: [batch] }));
  }
  for (const name of parameters) given.set(name, g.feed(`parameter.${name}`, float()));

  const values = lower(g, formula, given);
  const loss = meanOf(g, perPair(g, values.get('loss') as Tensor, batch));
  const norm = applyAdamw(g, block, differentiate(g, loss, weights.all));

  g.output('loss', loss);
  g.output('grad_norm', norm);
  for (const side of ['w', 'l']) {
    const ratio = g.apply('sub', [given.get(`logp_${side}`) as Tensor, given.get(`ref_${side}`) as Tensor]);
    g.output(`logp_${side}`, given.get(`logp_${side}`) as Tensor);
    g.output(`reward_${side}`, perPair(g, values.get(`reward_${side}`) ?? ratio, batch));
  }
  return g;
}

interface Batch {
  tokens: Tensor;
  targets: Tensor;
  mask: Tensor;
  reference: Tensor;
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
  };
}

const flat = (g: Graph, x: Tensor): Tensor => g.apply('view', [x], { offset: 0, shape: [sizeOf(x.shape)] });

/** A formula may give one number for the whole batch; then every pair has it. */
function perPair(g: Graph, x: Tensor, batch: number): Tensor {
  return x.shape.length === 0 ? g.apply('expand_last', [x], { n: batch }) : x;
}

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
