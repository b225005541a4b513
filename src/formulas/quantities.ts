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
  'ref2-kl': 'a pass of the second frozen model at every step',
  'token-weights': 'a weight for every token of the data',
  'prompt-log-probs': 'log-probs of the prompts themselves',
  'prompt-variants': 'both responses under two more prompts, each suiting one of them',
  'judged-wins': "judged probabilities of winning against the policy's other responses",
  'checked-answers': 'a mark on every pair that a checker decided',
  'ranked-lists': 'ranked lists of responses',
  'own-sample': 'a response of its own, sampled at every step',
  rationales: 'a written reason for every pair',
  'running-quantile': 'a record of the margins of earlier steps',
  'running-mean': 'a running mean of the rewards of all steps',
  'reward-head': 'a model with a scalar head',
  'value-head': 'a model with a value head',
  'vector-head': 'a model with a vector head',
  'class-head': 'a model with a classification head',
  'mask-net': 'a network that weighs every token',
  denoiser: 'a denoising model',
  inversion: 'a denoising model whose noise is found by inversion',
  groups: 'several responses to each prompt',
  'response-to-avoid': 'a labelled response to avoid, for each prompt',
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
  kl2: ['t', 'KL(policy || second frozen model) over the vocabulary', 'ref2-kl'],
  kl_ref2: ['t', 'KL(second frozen model || policy) over the vocabulary', 'ref2-kl'],
  kl_mid: ['t', 'KL(policy || even mixture of policy and second frozen model)', 'ref2-kl'],
  kl_ref2_mid: ['t', 'KL(second frozen model || even mixture of policy and it)', 'ref2-kl'],
  token_weight: ['t', 'weight of the token: 0 where it must not count', 'token-weights', 'frozen'],
  mask_u: ['t', "mask network's weight of the token's reward, not below 0", 'mask-net'],
  mask_d: ['t', "mask network's weight of the token's divergence, not below 0", 'mask-net'],
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
  vec1: ['', 'vector head, first number', 'vector-head'],
  vec2: ['', 'vector head, second number', 'vector-head'],
  vec3: ['', 'vector head, third number', 'vector-head'],
  vec4: ['', 'vector head, fourth number', 'vector-head'],
  class_logp: ['', "log-prob that the classification head gives to the response's true class", 'class-head'],
  win_rate: ['', 'judged probability of winning against others', 'judged-wins', 'frozen'],
  rank: ['', 'place in its list, 1 for the best', 'ranked-lists', 'frozen'],
  prompt_logp: ['', 'log-prob of the prompt under the policy', 'prompt-log-probs'],
  prompt_ref: ['', 'log-prob of the prompt under the reference', 'prompt-log-probs', 'frozen'],
  err: ['', 'denoising error at a random noise', 'denoiser'],
  err_ref: ['', "the reference's denoising error at the same noise", 'denoiser', 'frozen'],
  err_inv: ['', 'denoising error at the noise that inversion finds', 'inversion'],
  err_inv_ref: ['', "the reference's denoising error at that noise", 'inversion', 'frozen'],
};

/** A response under a changed prompt: xw suits the chosen response, xl the rejected one. */
const VARIANTS = { xw: 'the prompt that suits the chosen response', xl: 'the prompt that suits the rejected one' }; // prettier-ignore
const perVariant: Record<string, Row> = {
  logp: ['', 'log-prob under the policy'],
  ref: ['', 'log-prob under the reference', null, 'frozen'],
  head: ['', 'scalar head'],
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
  for (const [variant, prompt] of Object.entries(VARIANTS)) {
    for (const [side, whose] of Object.entries(SIDES)) {
      for (const [name, [, help, , frozen]] of Object.entries(perVariant)) {
        const told = `${help}, of ${whose} under ${prompt}`;
        const needs = 'prompt-variants';
        rows.push([
          `${name}_${side}_${variant}`,
          { shape: ['b'], help: told, needs, frozen: frozen !== undefined },
        ]);
      }
    }
  }
  const extra = (help: string, needs: Need, frozen = false): Quantity => ({
    shape: ['b'],
    help,
    needs,
    frozen,
  });
  const column = (help: string): Quantity => extra(help, 'columns', true);
  rows.push(
    ['logp_o', extra('log-prob of a response just sampled from the policy', 'own-sample')],
    ['ref_o', extra('the same under the reference', 'own-sample', true)],
    ['logp_r', extra('log-prob of the written reason, given prompt and both responses', 'rationales')],
    ['len_r', extra('number of tokens of the written reason', 'rationales', true)],
    ['verified', extra('1 where a checker decided right and wrong, else 0', 'checked-answers', true)],
    [
      'margin_quantile',
      {
        shape: [],
        help: 'a low quantile of the margins of earlier steps',
        needs: 'running-quantile',
        frozen: true,
      },
    ],
    [
      'reward_mean',
      {
        shape: [],
        help: 'mean of rewards_chosen and rewards_rejected over all steps so far, this one included',
        needs: 'running-mean',
        frozen: true,
      },
    ],
    [
      'logp_m',
      {
        shape: ['b'],
        help: "log-prob of another pair's response (chosen and rejected in turn) to this prompt",
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
  for (const [name, [, help, needs, frozen]] of Object.entries({ ...perSide, old })) {
    const shared = { needs: needs ?? 'groups', frozen: frozen !== undefined };
    rows.push([`${name}[t]`, { ...shared, shape: ['b', 'k', 't'], help: `${help}, per token` }]);
    rows.push([name, { ...shared, shape: ['b', 'k'], help: `${help}, summed over the response` }]);
  }
  const frozen = (help: string, needs: Need): Quantity => ({
    shape: ['b', 'k'],
    help,
    needs,
    frozen: true,
  });
  const perToken = (help: string): Quantity => ({
    shape: ['b', 'k', 't'],
    help,
    needs: 'rollouts',
    frozen: true,
  });
  rows.push(
    ['len', frozen('number of tokens', 'groups')],
    ['score', frozen('true score of the response', 'columns')],
    ['reward', frozen('reward of the response', 'rollouts')],
    ['win_rate', frozen('judged probability of winning against others', 'judged-wins')],
    ['advantage[t]', perToken('advantage per token')],
    ['old_value[t]', perToken('value head when the response was sampled, per token')],
    ['value_target[t]', perToken('what the value head should say, per token')],
    [
      'head',
      { shape: ['b', 'k'], help: 'scalar head of each response', needs: 'reward-head', frozen: false },
    ],
    [
      'head_later',
      {
        shape: ['b', 'k'],
        help: "scalar head of the response that the loop's skip leads to, further down the list; -100 past its end",
        needs: 'ranked-lists',
        frozen: false,
      },
    ],
    [
      'logp_bad',
      { shape: ['b'], help: 'log-prob of the response to avoid', needs: 'response-to-avoid', frozen: false },
    ],
    [
      'ref_bad',
      { shape: ['b'], help: 'the same under the reference', needs: 'response-to-avoid', frozen: true },
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
