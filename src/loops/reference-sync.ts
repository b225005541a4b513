/**
 * TR-DPO's moving reference (Gorbatovski and others, 2024): every so many steps the reference takes a share of the policy,
 * as TRL's SyncRefModelCallback does after those steps.
 */
import type { ParameterTable, Switch } from '../base/parameters.ts';
import type { Feeds } from '../engine/backend.ts';
import type { Graph } from '../engine/graph.ts';
import { createGraph, float } from '../engine/graph.ts';
import type { LmConfig } from '../models/lm/config.ts';
import { parameterCount } from '../models/lm/config.ts';
import { POLICY, REFERENCE } from '../models/lm/programs.ts';

/** TRL's default of 512 steps is for longer runs: one of 100 steps would never see it. */
export const syncParameters = {
  ref_model_mixup_alpha: {
    label: 'share of the policy',
    min: 0.01,
    max: 1,
    step: 0.01,
    default: 0.6,
    unit: '',
    help: 'reference = share * policy + (1 - share) * reference; at 1 the policy takes its place.',
  },
  ref_model_sync_steps: {
    label: 'move the reference every',
    min: 1,
    max: 1000,
    step: 1,
    default: 20,
    unit: 'steps',
    integer: true,
    help: 'Fewer let the policy go further in the same number of steps.',
  },
} satisfies ParameterTable;

export const syncSwitch = {
  sync_ref_model: {
    label: 'the reference follows the policy',
    default: false,
    help: 'TR-DPO. The loss and its rewards are measured against the moved reference; rankings, samples and KL still against the model before training.',
    opens: Object.keys(syncParameters),
  },
} satisfies Record<string, Switch>;

export type SyncSettings = { [K in keyof typeof syncParameters]: number } & { sync_ref_model: boolean };

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
