/** What the storage tests write: events, runs and checkpoints made from numbers alone. */
import { buildWorld } from '../../src/data/build.ts';
import type { OwnKept } from '../../src/storage/own-worlds.ts';
import { smallDataset } from './small-data.ts';
import type { LabelEvent } from '../../src/storage/events.ts';
import { eventWriter } from '../../src/storage/events.ts';
import type { Rows } from '../../src/storage/rows.ts';
import { createProject } from '../../src/storage/projects.ts';
import type { Checkpoint, Progress } from '../../src/storage/runs.ts';
import { createRun } from '../../src/storage/runs.ts';
import type { RunRow } from '../../src/storage/schema.ts';
import type { StepMetrics } from '../../src/metrics/metrics.ts';

export const PROJECT = 'p1';
export const RUN = { project: PROJECT, run: 'r1' };

export function judgements(writer: string, count: number): LabelEvent[] {
  const events = eventWriter(writer);
  const choices = ['a', 'b', 'tie', 'both_bad', 'skip'] as const;
  return Array.from({ length: count }, (_, index) =>
    events.next({
      kind: 'judged',
      index,
      pair: { kind: 'stock', seed: 0, index, split: 'train' },
      choice: choices[index % choices.length]!,
      source: 'human',
    }),
  );
}

export function runRow(changes: Partial<RunRow> = {}): RunRow {
  return {
    ...RUN,
    title: 'sigmoid',
    story: { recipe: { seed: 7 }, changes: [] },
    status: 'ready',
    step: 0,
    created: 1000,
    modified: 1000,
    receipt: null,
    ...changes,
  };
}

/** A project with one run. */
export async function begin(rows: Rows): Promise<void> {
  await createProject(rows, PROJECT, 'First', 1000);
  await createRun(rows, runRow());
}

export function metricsAt(step: number): StepMetrics {
  return {
    step,
    epoch: step / 10,
    learning_rate: 0.01,
    loss: 1 / step,
    grad_norm: 2 / step,
    'rewards/chosen': 0.5,
    'rewards/rejected': -0.5,
    'rewards/margins': 1,
    'rewards/accuracies': 0.75,
    'logps/chosen': -10,
    'logps/rejected': -12,
  };
}

/** `parameters` numbers a block, all different from step to step. */
export function checkpointAt(step: number, parameters = 8): Checkpoint {
  const block = (shift: number): Float32Array =>
    Float32Array.from({ length: parameters }, (_, i) => Math.fround(step + shift + i / 7));
  return {
    step,
    states: { policy: block(0), adam_m: block(0.25), adam_v: block(0.5) },
    ledger: { digest: `ledger ${step}` },
  };
}

/** The run went from step `from` to step `to`. */
export function progress(from: number, to: number, changes: Partial<Progress> = {}): Progress {
  const metrics = Array.from({ length: to - from }, (_, i) => metricsAt(from + 1 + i));
  return {
    status: 'running',
    modified: 1000 + to,
    metrics,
    evaluations: to > from ? [{ step: to, value: { kl: to / 100 } }] : [],
    checkpoint: checkpointAt(to),
    ...changes,
  };
}

export async function textOf(parts: AsyncIterable<string>): Promise<string> {
  let text = '';
  for await (const part of parts) text += part;
  return text;
}

/** A small world of a file with a base policy of a few made-up numbers. */
export function ownWorld(pairs = 40, step = 300): OwnKept {
  const choices = { vocabulary: 'words', words: 128, context: 32 } as const;
  const built = buildWorld(smallDataset(pairs), choices);
  if (!built.ok) throw new Error(built.issues[0]?.received);
  const parameters = Float32Array.from({ length: 12 }, (_, i) => Math.fround(step + i / 7));
  return {
    built: built.value,
    choices,
    base: { size: 'nano', step, digest: '0123456789abcdef', parameters },
  };
}
