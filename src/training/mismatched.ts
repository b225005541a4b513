/**
 * Responses to other prompts: what KTO estimates its zero point from. TRL's KTO trainer gives each prompt of a batch the
 * response before it in the batch. Here each pair keeps one partner, so that the reference's log-probs are computed once.
 */
import { StateError } from '../base/errors.ts';
import type { Graph } from '../engine/graph.ts';
import { float, integer } from '../engine/graph.ts';
import type { Tensor } from '../engine/types.ts';
import type { LmConfig } from '../models/lm/config.ts';
import type { Weights } from '../models/lm/decoder.ts';
import { forward } from '../models/lm/decoder.ts';
import type { Tokens } from '../worlds/world.ts';
import type { Sequence } from './sequences.ts';

/** Row p is pair p's prompt with its partner's response; [pairs, length] each. */
export const MISMATCHED = {
  tokens: 'mismatched.tokens',
  targets: 'mismatched.targets',
  mask: 'mismatched.mask',
  reference: 'mismatched.reference',
} as const;

/** Sums over the mismatched responses of the batch, [B]; no gradient flows through them. */
export interface MismatchedBatch {
  logp: () => Tensor;
  ref: () => Tensor;
}

/** `rows` [B] i32: the pairs of the batch. */
export function mismatchedBatch(
  g: Graph,
  shape: { config: LmConfig; pairs: number; batch: number; length: number },
  weights: Weights,
  rows: Tensor,
): MismatchedBatch {
  const { config, pairs, batch, length } = shape;
  const state = (name: string, type: typeof integer): Tensor =>
    g.apply('gather', [g.state(name, type(pairs, length), { replicated: true }), rows]);
  const flat = (x: Tensor): Tensor => g.apply('view', [x], { offset: 0, shape: [batch * length] });
  const mask = state(MISMATCHED.mask, float);
  const sum = (x: Tensor): Tensor => g.apply('sum_last', [g.apply('mul', [x, mask])]);
  return {
    logp: () => {
      const tokens = flat(state(MISMATCHED.tokens, integer));
      const logits = forward(g, config, weights, tokens, length);
      const logp = g.apply('token_logp', [logits, flat(state(MISMATCHED.targets, integer))]);
      const inRows = g.apply('view', [logp], { offset: 0, shape: [batch, length] });
      return g.apply('stop_grad', [sum(inRows)]);
    },
    ref: () => sum(state(MISMATCHED.reference, float)),
  };
}

interface Responses {
  prompt: Tokens;
  /** Empty where the pair has none. */
  chosen: Tokens;
  rejected: Tokens;
}

/**
 * For each pair its prompt with a response of its partner: the nearest pair before it, round the end, that has another
 * prompt (just the pair before where all have the same). Of the partners every other gives its chosen response, the rest
 * the rejected one. What does not fit into `length` predictions is cut off, as TRL cuts at `max_length`.
 */
export function mismatchedSequences(pairs: readonly Responses[], length: number): Sequence[] {
  if (pairs.length < 2) throw new StateError(NEEDS_TWO);
  const prompts = pairs.map(({ prompt }) => prompt.join(' '));
  const alike = new Set(prompts).size === 1;
  return pairs.map(({ prompt }, p) => {
    const before = (by: number): number => (p - by + pairs.length) % pairs.length;
    let by = 1;
    while (!alike && prompts[before(by)] === prompts[p]) by++;
    const { chosen, rejected } = pairs[before(by)] as Responses;
    const response = p % 2 === 0 && chosen.length > 0 ? chosen : rejected;
    return { prompt, response: response.slice(0, Math.max(0, length + 1 - prompt.length)) };
  });
}

export const NEEDS_TWO =
  'This objective reads responses to other prompts, and there is one pair only. Label a second pair.';
