/**
 * Training of a reward model on labelled pairs. One program a step: gather the batch, run the trunk, read the head at each
 * response's last token, evaluate the objective's formula, differentiate, AdamW over trunk and head.
 */
import { GraphError } from '../base/errors.ts';
import { once } from '../base/lists.ts';
import { differentiate } from '../engine/differentiate.ts';
import type { Graph } from '../engine/graph.ts';
import { createGraph, float, integer } from '../engine/graph.ts';
import type { Tensor, TensorType } from '../engine/types.ts';
import type { CheckedFormula } from '../formulas/check.ts';
import { lower } from '../formulas/lower.ts';
import { quantities } from '../formulas/quantities.ts';
import { hiddenStates, logitsOf } from '../models/lm/decoder.ts';
import { openRewardModel, rewardsOf } from '../models/lm/head.ts';
import { PAD } from '../worlds/world.ts';
import type { OfflineShape } from './offline.ts';
import { bothOrders, columnState, DATA, meanOf } from './offline.ts';
import { ADAMW } from './optimiser.ts';
import type { PairBatch } from './pair-quantities.ts';
import { PAIR_COLUMNS, pairEnvironment, SIDES } from './pair-quantities.ts';
import type { Sequence } from './sequences.ts';

/** Quantities that a formula over a reward model may read: there is no reference, and one prompt a pair. */
export function readableByReward(name: string): boolean {
  if ((PAIR_COLUMNS as readonly string[]).includes(name)) return true;
  return /^(head|len)_[wl]$|^logp_[wl](\[t\])?$|^position_[wl]\[t\]$/.test(name);
}

/** Rows of whole sequences: unlike the rows that predict, each holds its last token too, since the head is read there. */
export interface WholeRows {
  rows: number;
  length: number;
  /** [rows * length] each; `targets` and `mask` as in SequenceRows. */
  tokens: Int32Array;
  targets: Int32Array;
  mask: Float32Array;
  /** Place of the last token within its row. */
  ends: number[];
}

/** Pads each sequence to `length` tokens; a longer or an empty one throws RangeError. */
export function wholeRows(sequences: readonly Sequence[], length: number): WholeRows {
  const size = sequences.length * length;
  const tokens = new Int32Array(size).fill(PAD);
  const targets = new Int32Array(size).fill(PAD);
  const mask = new Float32Array(size);
  const ends = sequences.map(({ prompt, response }, row) => {
    const all = [...prompt, ...response];
    if (all.length > length || all.length === 0) {
      throw new RangeError(`sequence ${row} has ${all.length} tokens, not 1 to ${length}`);
    }
    tokens.set(all, row * length);
    targets.set(all.slice(1), row * length);
    mask.fill(1, row * length + Math.max(0, prompt.length - 1), row * length + all.length - 1);
    return all.length - 1;
  });
  return { rows: sequences.length, length, tokens, targets, mask, ends };
}

/** The feed `last`: for each picked row, in the order of the batch, the index of its last token among the batch's. */
export function lastTokens(
  { ends, length }: Pick<WholeRows, 'ends' | 'length'>,
  rows: readonly number[],
): number[] {
  return rows.map((row, i) => i * length + (ends[row] as number));
}

/**
 * Feeds: `rows` [2*batch] i32 (first the chosen, then the rejected rows), `last` [2*batch] i32, `pairs` [batch] i32 where
 * something is read that belongs to a pair, one scalar `parameter.NAME` for each parameter, and those of the optimiser.
 * States: those of DATA (rows of whole sequences), REWARD_MODEL, the optimiser's. Outputs: `loss` [], `grad_norm` [], and
 * what the head says, `head_w`, `head_l` [batch]. A loss per pair is averaged over the batch.
 */
export function rewardTrainProgram(shape: OfflineShape, checked: CheckedFormula): Graph {
  const { config, batch, length } = shape;
  const g = createGraph();
  const { block, model } = openRewardModel(g, config);
  const rows = g.feed('rows', integer(2 * batch));
  const pick = (name: string, type: TensorType): Tensor => g.apply('gather', [g.state(name, type), rows]);
  const [whole, real] = [integer(2 * shape.pairs, length), float(2 * shape.pairs, length)];
  const flat = (x: Tensor): Tensor => g.apply('view', [x], { offset: 0, shape: [2 * batch * length] });
  const hidden = hiddenStates(g, config, model.trunk, flat(pick(DATA.tokens, whole)), length);
  const heads = rewardsOf(g, model, hidden, g.feed('last', integer(2 * batch)));
  const logp = once(() => {
    const logits = logitsOf(g, model.trunk, hidden);
    const perToken = g.apply('token_logp', [logits, flat(pick(DATA.targets, whole))]);
    return g.apply('view', [perToken], { offset: 0, shape: [2 * batch, length] });
  });
  const pairs = once(() => g.feed('pairs', integer(batch)));
  const columns = new Map<string, Tensor>();
  const numbers = new Map<string, Tensor>();
  const from: PairBatch = {
    batch,
    length,
    mask: pick(DATA.mask, real),
    tokens: {
      logp,
      position: once(() => pick(DATA.position, real)),
      ...absent('ref', 'entropy', 'kl', 'kl_ref', 'p_squared'),
    },
    column: (name) => {
      const known =
        columns.get(name) ?? g.apply('gather', [g.state(columnState(name), float(shape.pairs)), pairs()]);
      columns.set(name, known);
      return known;
    },
    head: () => heads,
    mismatched: absent('logp', 'ref'),
    rewardMean: absent('reward_mean').reward_mean,
    parameter: (name) => {
      const known = numbers.get(name) ?? g.feed(`parameter.${name}`, float());
      numbers.set(name, known);
      return known;
    },
  };
  const lossOf = (turned: boolean): Tensor =>
    lower(g, checked, pairEnvironment(g, checked, from, turned)).get('loss') as Tensor;
  let loss = lossOf(false);
  if (shape.ties === true) {
    const tie = g.apply('gather', [g.state(DATA.tie, float(shape.pairs)), pairs()]);
    loss = bothOrders(g, tie, loss, lossOf(true));
  }
  const mean = meanOf(g, loss);
  g.output('grad_norm', ADAMW.update(g, block, differentiate(g, mean, model.all)));
  g.output('loss', mean);
  SIDES.forEach((side, i) =>
    g.output(`head_${side}`, g.apply('view', [heads], { offset: i * batch, shape: [batch] })),
  );
  return g;
}

/** Sources that no reward model has; a formula that reads one was not checked. */
function absent<Name extends string>(...names: Name[]): Record<Name, () => never> {
  const none = (name: string) => (): never => {
    throw new GraphError(
      `the training of a reward model has no ${name}; check what the formula reads first.`,
    );
  };
  return Object.fromEntries(names.map((name) => [name, none(name)])) as Record<Name, () => never>;
}

/** What of `reads` stands in the way of training a reward model on the formula. */
export function unreadable(reads: ReadonlySet<string>): string[] {
  return [...reads].filter((name) => quantities.pairs.has(name) && !readableByReward(name));
}
