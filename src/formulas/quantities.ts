/**
 * What a formula may read: every quantity with its shape and meaning, for the two settings there are. A quantity that
 * costs a pass of its own says what it `needs`; a training program provides just what its formula reads.
 */

/** Axes of a value: items of the batch, members of a group, tokens (of the chosen, the rejected, or any response). */
export type Axis = 'b' | 'k' | 't' | 't_w' | 't_l';

/** From the outermost axis in: [] a number, [b] one a pair, [b, t_w] one a token of the chosen response. */
export type FormulaShape = readonly Axis[];

/** What must be computed or given beyond the policy's and the reference's log-probs. */
export const NEEDS = {
  'per-token-kl': 'a pass of the reference at every step',
  'per-token-entropy': 'the entropy of every next-word distribution',
  'sum-p-squared': 'the sum of squared probabilities at every place',
  ref2: 'a second frozen model',
  mismatched: 'log-probs of responses to other prompts of the batch',
  columns: 'a number of its own for every pair',
  'reward-head': 'a model with a scalar head',
  'value-head': 'a model with a value head',
  'vector-head': 'a model with a vector head',
  rollouts: 'responses sampled in groups, with rewards',
} as const;
export type Need = keyof typeof NEEDS;

export interface Quantity {
  shape: FormulaShape;
  help: string;
  needs: Need | null;
  /** No gradient flows through it: data, or a frozen model. */
  frozen: boolean;
}

/** Pairs: one chosen (w) and one rejected (l) response to each prompt. Groups: K responses to each prompt. */
export type Setting = 'pairs' | 'groups';

type Row = [shape: string, help: string, needs?: Need | null, frozen?: 'frozen'];

/** `logp` stands for the three rows logp[t], logp and so on that follow from a per-token quantity. */
const perSide: Record<string, Row> = {
  logp: ['t', 'log-prob under the policy'],
  ref: ['t', 'log-prob under the reference', null, 'frozen'],
  ref2: ['t', 'log-prob under the second frozen model', 'ref2', 'frozen'],
  kl: ['t', 'KL(policy || reference) over the vocabulary', 'per-token-kl'],
  kl_ref: ['t', 'KL(reference || policy) over the vocabulary', 'per-token-kl'],
  entropy: ['t', 'entropy of the policy', 'per-token-entropy'],
  p_squared: ['t', 'sum over the vocabulary of squared policy probabilities', 'sum-p-squared', 'frozen'],
  value: ['t', 'value head', 'value-head'],
};

/** Positions and the like: per token, never summed. */
const perPlace: Record<string, Row> = {
  position: ['t', 'place within the response, from 1', null, 'frozen'],
};

/** One number a response, besides the sums of the per-token ones. */
const perResponse: Record<string, Row> = {
  len: ['', 'number of tokens', null, 'frozen'],
  score: ['', "true score under the labeler's rule", 'columns', 'frozen'],
  head: ['', "scalar head: a reward model's reward", 'reward-head'],
};

const SIDES = { w: 'the chosen response', l: 'the rejected response' } as const;

function pairQuantities(): [string, Quantity][] {
  const rows: [string, Quantity][] = [];
  for (const [side, whose] of Object.entries(SIDES)) {
    for (const [name, [, help, needs = null, frozen]] of Object.entries(perSide)) {
      const shared = { needs, frozen: frozen !== undefined };
      rows.push([
        `${name}_${side}[t]`,
        { ...shared, shape: ['b', `t_${side}` as Axis], help: `${help}, per token of ${whose}` },
      ]);
      rows.push([`${name}_${side}`, { ...shared, shape: ['b'], help: `${help}, summed over ${whose}` }]);
    }
    for (const [name, [, help, needs = null]] of Object.entries(perPlace)) {
      const shape: FormulaShape = ['b', `t_${side}` as Axis];
      rows.push([`${name}_${side}[t]`, { shape, help: `${help}, in ${whose}`, needs, frozen: true }]);
    }
    for (const [name, [, help, needs = null, frozen]] of Object.entries(perResponse)) {
      rows.push([
        `${name}_${side}`,
        { shape: ['b'], help: `${help}, of ${whose}`, needs, frozen: frozen !== undefined },
      ]);
    }
  }
  const column = (help: string): Quantity => ({ shape: ['b'], help, needs: 'columns', frozen: true });
  rows.push(
    [
      'logp_m',
      {
        shape: ['b'],
        help: "log-prob of another prompt's chosen response",
        needs: 'mismatched',
        frozen: true,
      },
    ],
    ['ref_m', { shape: ['b'], help: 'the same under the reference', needs: 'mismatched', frozen: true }],
    ['margin_column', column('how much better the chosen response is, by the labeler')],
    ['strength', column('how sure the labeler is, 0 to 1')],
    ['weight', column('weight of the pair')],
    ['label_probability', column('probability that the label is right, 0.5 to 1')],
  );
  return rows;
}

function groupQuantities(): [string, Quantity][] {
  const rows: [string, Quantity][] = [];
  const old: Row = ['t', 'log-prob under the policy that sampled', 'rollouts', 'frozen'];
  for (const [name, [, help, needs = null, frozen]] of Object.entries({ ...perSide, old })) {
    const shared = { needs, frozen: frozen !== undefined };
    rows.push([`${name}[t]`, { ...shared, shape: ['b', 'k', 't'], help: `${help}, per token` }]);
    rows.push([name, { ...shared, shape: ['b', 'k'], help: `${help}, summed over the response` }]);
  }
  const frozen = (help: string, needs: Need | null): Quantity => ({
    shape: ['b', 'k'],
    help,
    needs,
    frozen: true,
  });
  rows.push(
    ['len', frozen('number of tokens', null)],
    ['score', frozen('true score of the response', 'columns')],
    ['reward', frozen('reward of the response', 'rollouts')],
    [
      'advantage[t]',
      { shape: ['b', 'k', 't'], help: 'advantage per token', needs: 'rollouts', frozen: true },
    ],
    [
      'head',
      { shape: ['b', 'k'], help: 'scalar head of each response', needs: 'reward-head', frozen: false },
    ],
  );
  return rows;
}

export const quantities: Record<Setting, ReadonlyMap<string, Quantity>> = {
  pairs: new Map(pairQuantities()),
  groups: new Map(groupQuantities()),
};

/** A shape in words, for messages. */
export function describeShape(shape: FormulaShape): string {
  const words: Record<string, string> = {
    '': 'one number',
    b: 'one number a pair',
    'b,t_w': 'one number a token of the chosen response',
    'b,t_l': 'one number a token of the rejected response',
    'b,k': 'one number a response of the group',
    'b,k,t': 'one number a token',
  };
  return words[shape.join()] ?? `[${shape.join(', ')}]`;
}

/** Whether `a` can be spread over `b`: its axes are the first of b's. */
export function isPrefix(a: FormulaShape, b: FormulaShape): boolean {
  return a.length <= b.length && a.every((axis, i) => axis === b[i]);
}
