/**
 * Offline preference optimisation: a fixed set of labelled pairs, reference log-probs computed beforehand. The training step is
 * one program: gather the batch, run the policy, evaluate the objective's formula, differentiate, AdamW.
 */
import { GraphError } from '../base/errors.ts';
import { once } from '../base/lists.ts';
import { stream } from '../base/random.ts';
import { differentiate } from '../engine/differentiate.ts';
import type { Graph } from '../engine/graph.ts';
import { createGraph, float, integer } from '../engine/graph.ts';
import { sumAll } from '../engine/op-row.ts';
import type { Tensor, TensorType } from '../engine/types.ts';
import { sizeOf } from '../engine/types.ts';
import type { CheckedFormula } from '../formulas/check.ts';
import { REWARD_MEAN, REWARD_NAMES } from '../formulas/check.ts';
import type { Environment } from '../formulas/lower.ts';
import { lower } from '../formulas/lower.ts';
import { linesFor } from '../formulas/rewrite.ts';
import type { LmConfig } from '../models/lm/config.ts';
import { forward, openWeights } from '../models/lm/decoder.ts';
import { POLICY, REFERENCE } from '../models/lm/programs.ts';
import type { MismatchedBatch } from './mismatched.ts';
import { mismatchedBatch } from './mismatched.ts';
import { ADAMW } from './optimiser.ts';
import type { PairBatch, PairColumn, Side } from './pair-quantities.ts';
import { pairEnvironment, SIDES } from './pair-quantities.ts';
import { REWARD_MEAN_STATE, runningMean } from './running-mean.ts';

/** The data on the device: rows 2p and 2p+1 are the chosen and rejected response of pair p; [rows, length] each. */
export const DATA = {
  tokens: 'data.tokens',
  targets: 'data.targets',
  mask: 'data.mask',
  reference: 'data.reference',
  /** place of each target within its response, from 1; 0 elsewhere */
  position: 'data.position',
  /** [pairs]: 1 where both orders of the pair count, each by half */
  tie: 'data.tie',
} as const;

export interface OfflineShape {
  config: LmConfig;
  /** Pairs on the device, and pairs in a batch. */
  pairs: number;
  batch: number;
  /** Predictions a row. */
  length: number;
  /** Some pairs are ties that count in both orders; the loss must then be one number a pair. */
  ties?: boolean;
  /** Models that train side by side, each with parameters, data and batches of its own; 1 where absent. */
  replicas?: number;
}

/**
 * Feeds: `rows` [2*batch] i32 (first the chosen, then the rejected rows), `pairs` [batch] i32 where something is read that
 * belongs to a pair, one scalar `parameter.NAME` for each parameter, and those of the optimiser. Outputs: `loss` [], `grad_norm` [],
 * and per pair [batch] `reward_w`, `reward_l`, `logp_w`, `logp_l`. A loss per pair is averaged over the batch.
 */
export function offlineProgram(shape: OfflineShape, checked: CheckedFormula): Graph {
  return trainProgram(shape, (g, batch) => evaluateFormula(g, shape, checked, batch, 'parameter'));
}

/**
 * Several objectives in one program: replica r trains on the one whose feed `arm.I` [] is 1 for it (0 for all others).
 * Parameters of arm I are fed as `parameter.I.NAME`. The other arms read zeros in place of the policy's log-probs and their
 * gradients are exact zeros, whatever their formulas make of it, so each replica ends with the bits of a run of its own.
 * `ties`: for each arm, whether some of its pairs are ties (none where absent).
 */
export function raceProgram(
  shape: OfflineShape,
  arms: readonly CheckedFormula[],
  ties: readonly boolean[] = [],
): Graph {
  return trainProgram(shape, (g, batch) => {
    const chosen = arms.map((checked, i) => {
      const arm = g.feed(`arm.${i}`, float(), { replicated: true });
      const own = (x: Tensor): Tensor => g.apply('where', [arm, x, g.scalar(0)]);
      const on = { ...onlyOn(batch, own), arm };
      const values = evaluateFormula(g, { ...shape, ties: ties[i] === true }, checked, on, `parameter.${i}`);
      return values.map(own) as Evaluated;
    });
    return chosen.reduce(
      (sum, values) => sum.map((x, i) => g.apply('add', [x, values[i] as Tensor])) as Evaluated,
    );
  });
}

/** What the policy makes of the batch, through `own`: so no gradient of an arm's, infinite or not, comes to another's replicas. */
function onlyOn(batch: PolicyBatch, own: (x: Tensor) => Tensor): PolicyBatch {
  return { ...batch, logp: own(batch.logp), logps: own(batch.logps), logits: own(batch.logits) };
}

/** Loss [], and rewards of chosen and rejected [batch]. */
type Evaluated = [loss: Tensor, rewardW: Tensor, rewardL: Tensor];

/** What formulas are evaluated on. */
interface PolicyBatch {
  data: Batch;
  logits: Tensor;
  /** Per token [2*batch, length], and summed over the response [2*batch]. */
  logp: Tensor;
  logps: Tensor;
  refs: Tensor;
  reference: () => Tensor;
  pairs: () => Tensor;
  ties: () => Tensor;
  mismatched: MismatchedBatch;
  /** The running mean of rewards and their count, [2]. */
  record: () => Tensor;
  /** In a race, 1 [] on the replicas that train on this objective. */
  arm?: Tensor;
}

function trainProgram(shape: OfflineShape, evaluate: (g: Graph, batch: PolicyBatch) => Evaluated): Graph {
  const { config, batch, length, replicas = 1 } = shape;
  const g = createGraph(replicas);
  const placement = { replicated: true };
  const { block, weights } = openWeights(g, config, POLICY, true);
  const data = batchOf(g, shape);
  const tokens = flat(g, data.tokens);
  const logits = forward(g, config, weights, tokens, length);
  const logp = inRows(g, shape, g.apply('token_logp', [logits, flat(g, data.targets)]));
  const [logps, refs] = [logp, data.reference].map((x) =>
    g.apply('sum_last', [g.apply('mul', [x, data.mask])]),
  ) as [Tensor, Tensor];
  const reference = once(() => forward(g, config, openWeights(g, config, REFERENCE).weights, tokens, length));
  const pairs = once(() => g.feed('pairs', integer(batch), placement));
  const other = once(() => mismatchedBatch(g, shape, weights, pairs()));
  const [loss, rewardW, rewardL] = evaluate(g, {
    data,
    logits,
    logp,
    logps,
    refs,
    reference,
    pairs,
    ties: once(() => g.apply('gather', [g.state(DATA.tie, float(shape.pairs), placement), pairs()])),
    mismatched: { logp: once(() => other().logp()), ref: once(() => other().ref()) },
    record: once(() => g.state(REWARD_MEAN_STATE, float(2), placement)),
  });
  g.output('grad_norm', ADAMW.update(g, block, differentiate(g, loss, weights.all)));
  g.output('loss', loss);
  g.output('reward_w', rewardW);
  g.output('reward_l', rewardL);
  g.output('logp_w', side(g, logps, batch, 'w'));
  g.output('logp_l', side(g, logps, batch, 'l'));
  return g;
}

function evaluateFormula(
  g: Graph,
  shape: OfflineShape,
  checked: CheckedFormula,
  { data, logits, logp, logps, refs, reference, pairs, ties, mismatched, record, arm }: PolicyBatch,
  prefix: string,
): Evaluated {
  const { batch, length } = shape;
  const ratios = g.apply('sub', [logps, refs]);
  const rewardIn = (values: ReadonlyMap<string, Tensor>, s: Side): Tensor => {
    const named = values.get(REWARD_NAMES[s]) ?? side(g, ratios, batch, s);
    return named.shape.length === 0 ? g.apply('expand_last', [named], { n: batch }) : named;
  };
  const meanOfRewards = (around: Environment): Tensor => {
    const { lines } = linesFor(checked.formula, Object.values(REWARD_NAMES));
    const values = lower(g, { ...checked, formula: lines }, around);
    const lengths = g.apply('sum_last', [data.mask]);
    const sides = SIDES.map((s) => ({
      rewards: rewardIn(values, s),
      present: g.apply('greater', [side(g, lengths, batch, s), g.scalar(0)]),
    }));
    return runningMean(g, record(), sides, arm);
  };
  const rows = (x: Tensor): Tensor => inRows(g, shape, x);
  const numbers = new Map<string, Tensor>();
  const from: PairBatch = {
    batch,
    length,
    mask: data.mask,
    tokens: {
      position: () => data.position(),
      logp: () => logp,
      ref: () => data.reference,
      entropy: once(() => rows(g.apply('token_entropy', [logits]))),
      kl: once(() => rows(g.apply('token_kl', [logits, reference()]))),
      kl_ref: once(() => rows(g.apply('token_kl', [reference(), logits]))),
      // frozen, as the table of quantities says: the op has no derivative
      p_squared: once(() => rows(g.apply('stop_grad', [g.apply('token_sum_p_squared', [logits])]))),
    },
    column: (name) => g.apply('gather', [data.column(name), pairs()]),
    mismatched,
    rewardMean: meanOfRewards,
    parameter: (name) => {
      const known = numbers.get(name) ?? g.feed(`${prefix}.${name}`, float());
      numbers.set(name, known);
      return known;
    },
  };
  const around = pairEnvironment(g, checked, from);
  const values = lower(g, checked, around);
  let loss = values.get('loss') as Tensor;
  if (shape.ties === true) {
    const mean = around.given.get(REWARD_MEAN);
    const turned = pairEnvironment(g, checked, { ...from, rewardMean: () => mean as Tensor }, true);
    loss = bothOrders(g, ties(), loss, lower(g, checked, turned).get('loss') as Tensor);
  }
  return [meanOf(g, loss), rewardIn(values, 'w'), rewardIn(values, 'l')];
}

/** Where `tie` is 1, the mean of the loss in either order; all [batch]. */
export function bothOrders(g: Graph, tie: Tensor, loss: Tensor, turned: Tensor): Tensor {
  if (loss.shape.length !== 1) throw new GraphError('a loss of the whole batch has no two orders of a pair.');
  const both = g.apply('affine', [g.apply('add', [loss, turned])], { scale: 0.5, shift: 0 });
  return g.apply('where', [tie, both, loss]);
}

/** The chosen or the rejected half of [2*batch]. */
function side(g: Graph, x: Tensor, batch: number, which: Side): Tensor {
  return g.apply('view', [x], { offset: which === 'w' ? 0 : batch, shape: [batch] });
}

const inRows = (g: Graph, { batch, length }: OfflineShape, x: Tensor): Tensor =>
  g.apply('view', [x], { offset: 0, shape: [2 * batch, length] });

/** The state that holds a column of the data, [pairs]. */
export const columnState = (name: PairColumn): string => `data.${name}`;

interface Batch {
  tokens: Tensor;
  targets: Tensor;
  mask: Tensor;
  reference: Tensor;
  position: () => Tensor;
  /** The whole column, [pairs]. */
  column: (name: PairColumn) => Tensor;
}

/** The batch's rows of the data, each [2*batch, length]. */
function batchOf(g: Graph, { pairs, batch, length }: OfflineShape): Batch {
  const placement = { replicated: true };
  const rows = g.feed('rows', integer(2 * batch), placement);
  const pick = (name: string, type: TensorType): Tensor =>
    g.apply('gather', [g.state(name, type, placement), rows]);
  const [whole, real] = [integer(2 * pairs, length), float(2 * pairs, length)];
  const columns = new Map<PairColumn, Tensor>();
  return {
    tokens: pick(DATA.tokens, whole),
    targets: pick(DATA.targets, whole),
    mask: pick(DATA.mask, real),
    reference: pick(DATA.reference, real),
    position: once(() => pick(DATA.position, real)),
    column: (name) => {
      const known = columns.get(name) ?? g.state(columnState(name), float(pairs), placement);
      columns.set(name, known);
      return known;
    },
  };
}

const flat = (g: Graph, x: Tensor): Tensor => g.apply('view', [x], { offset: 0, shape: [sizeOf(x.shape)] });

export function meanOf(g: Graph, x: Tensor): Tensor {
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
