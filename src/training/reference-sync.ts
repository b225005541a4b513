/**
 * TR-DPO's moving reference (Gorbatovski and others, 2024): every so many steps the reference takes a share of the policy,
 * as TRL's SyncRefModelCallback does after those steps.
 */
import type { Feeds } from '../engine/backend.ts';
import type { Graph } from '../engine/graph.ts';
import { createGraph, float } from '../engine/graph.ts';
import type { LmConfig } from '../models/lm/config.ts';
import { parameterCount } from '../models/lm/config.ts';
import { POLICY, REFERENCE } from '../models/lm/programs.ts';

/** TRL's names. */
export interface SyncSettings {
  sync_ref_model: boolean;
  /** How much of the policy the reference takes, over 0 and up to 1. */
  ref_model_mixup_alpha: number;
  ref_model_sync_steps: number;
}

/** How many steps can be made after step `step` before the reference moves; Infinity where it does not. */
export function stepsToSync({ sync_ref_model, ref_model_sync_steps }: SyncSettings, step: number): number {
  return sync_ref_model ? ref_model_sync_steps - (step % ref_model_sync_steps) : Infinity;
}

/** Feeds `taken` [] and `kept` []: reference = taken * policy + kept * reference. */
export function syncProgram(config: LmConfig): Graph {
  const g = createGraph();
  const block = float(parameterCount(config));
  const [policy, reference] = [g.state(POLICY, block), g.state(REFERENCE, block)];
  const kept = g.apply('mul', [reference, g.feed('kept', float())]);
  const taken = g.apply('mul', [policy, g.feed('taken', float())]);
  g.apply('copy', [reference, g.apply('add', [kept, taken])]);
  return g;
}

export function syncFeeds({ ref_model_mixup_alpha: alpha }: SyncSettings): Feeds {
  return { taken: [alpha], kept: [1 - alpha] };
}
