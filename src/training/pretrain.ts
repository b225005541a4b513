/** Pretraining: next-word prediction on a world's corpus, by which a base policy comes to speak the world's language. */
import { differentiate } from '../engine/differentiate.ts';
import type { Graph } from '../engine/graph.ts';
import { createGraph, float, integer } from '../engine/graph.ts';
import { sumAll } from '../engine/op-row.ts';
import type { LmConfig } from '../models/lm/config.ts';
import { forward, openWeights } from '../models/lm/decoder.ts';
import { POLICY } from '../models/lm/programs.ts';
import type { OptimiserSettings } from './optimiser.ts';
import { ADAMW } from './optimiser.ts';

export interface PretrainSettings {
  steps: number;
  /** Reviews a step. */
  batch: number;
  optimiser: OptimiserSettings;
}

/**
 * Feeds: `tokens`, `targets` [batch*length] i32, `mask` [batch*length], and those of the optimiser. Outputs `loss` []:
 * mean negative log-prob of the targets under the mask, in nats a token, and `grad_norm` [].
 */
export function pretrainProgram(config: LmConfig, batch: number, length: number): Graph {
  const g = createGraph();
  const { block, weights } = openWeights(g, config, POLICY);
  const rows = batch * length;
  const logits = forward(g, config, weights, g.feed('tokens', integer(rows)), length);
  const logp = g.apply('token_logp', [logits, g.feed('targets', integer(rows))]);
  const mask = g.feed('mask', float(rows));
  const total = sumAll(g, g.apply('mul', [logp, mask]));
  const loss = g.apply('neg', [g.apply('div', [total, sumAll(g, mask)])]);
  g.output('loss', loss);
  g.output('grad_norm', ADAMW.update(g, block, differentiate(g, loss, weights.all)));
  return g;
}

/** Full rate after the warm-up, then down to a twentieth on a straight line. */
export function decayedRate(settings: PretrainSettings, step: number): number {
  const { lr, warmup_steps: warmup } = settings.optimiser;
  if (step <= warmup) return (lr * step) / warmup;
  return lr * (1 - 0.95 * ((step - warmup) / (settings.steps - warmup)));
}
