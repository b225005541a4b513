/** Programs that read a decoder without training it: scoring given responses, and generating new ones. */
import type { Graph } from '../../engine/graph.ts';
import { createGraph, float, integer } from '../../engine/graph.ts';
import type { Tensor } from '../../engine/types.ts';
import type { LmConfig } from './config.ts';
import { forward, forwardCached, openWeights } from './decoder.ts';

/** Parameter states: the model that trains, and the one that its loss is measured against. */
export const POLICY = 'policy';
export const REFERENCE = 'reference';
/** The model before any training: a state of its own only where the reference moves. */
export const START = 'start';

/**
 * Feeds `tokens`, `targets` [rows * length] i32; output `logp` [rows * length]: log-prob of each target under the
 * parameters in state `weights`.
 */
export function scoreProgram(config: LmConfig, weights: string, rows: number, length: number): Graph {
  const g = createGraph();
  const { tokens, targets } = tokenFeeds(g, rows, length);
  const logits = forward(g, config, openWeights(g, config, weights).weights, tokens, length);
  g.output('logp', g.apply('token_logp', [logits, targets]));
  return g;
}

/**
 * As `scoreProgram`, for the parameters in states `weights` and `other` at once: outputs `logp`, `ref_logp` (of the other),
 * `entropy`, `kl`, all [rows * length].
 */
export function compareProgram(
  config: LmConfig,
  weights: string,
  other: string,
  rows: number,
  length: number,
): Graph {
  const g = createGraph();
  const { tokens, targets } = tokenFeeds(g, rows, length);
  const logits = forward(g, config, openWeights(g, config, weights).weights, tokens, length);
  const reference = forward(g, config, openWeights(g, config, other).weights, tokens, length);
  g.output('logp', g.apply('token_logp', [logits, targets]));
  g.output('ref_logp', g.apply('token_logp', [reference, targets]));
  g.output('entropy', g.apply('token_entropy', [logits]));
  g.output('kl', g.apply('token_kl', [logits, reference]));
  return g;
}

function tokenFeeds(g: Graph, rows: number, length: number): { tokens: Tensor; targets: Tensor } {
  return {
    tokens: g.feed('tokens', integer(rows * length)),
    targets: g.feed('targets', integer(rows * length)),
  };
}

/** States of generation: written with the prompts before, read with the responses after. */
export const GENERATED = 'generate.tokens';
export const POSITION = 'generate.position';

/**
 * One run samples the next word of `rows` sequences; `context - 1` runs fill them. Feeds: `key` [2] i32 and `stream`
 * [rows] i32 of the random numbers, `prompt_length` [rows] i32, `temperature` [].
 */
export function generateProgram(
  config: LmConfig,
  weights: string,
  rows: number,
  ends: { eos: number; pad: number },
): Graph {
  const g = createGraph();
  const tokens = g.state(GENERATED, integer(rows, config.context));
  const position = g.state(POSITION, integer(1));
  const current = g.apply('token_at', [tokens, position]);
  const logits = forwardCached(g, config, openWeights(g, config, weights).weights, current, position);
  const random = [g.feed('stream', integer(rows)), g.feed('key', integer(2))];
  const sampled = g.apply('sample', [logits, ...random, position, g.feed('temperature', float())]);
  g.apply('advance', [tokens, position, sampled, g.feed('prompt_length', integer(rows))], ends);
  return g;
}
