/** The metrics of a run as a table: TRL's names, one row a step; what is measured only now and then is empty in between. */
import type { StepMetrics } from '../metrics/metrics.ts';
import type { Evaluation } from '../runs/views.ts';
import type { Cell } from './csv.ts';
import { csv } from './csv.ts';

/** One a row of the training log, in TRL's order. */
export const STEP_COLUMNS = [
  'step',
  'epoch',
  'learning_rate',
  'loss',
  'grad_norm',
  'rewards/chosen',
  'rewards/rejected',
  'rewards/margins',
  'rewards/accuracies',
  'logps/chosen',
  'logps/rejected',
] as const satisfies readonly (keyof StepMetrics)[];

/**
 * Evaluations stand under `eval_...` in the row of the step after which they were taken; step 0 has a row of its own.
 * `eval_accuracies/RULE`: share of held-out pairs ranked as that rule would; KL in nats a token.
 */
export function metricsCsv(rows: readonly StepMetrics[], evaluations: readonly Evaluation[]): string {
  const rules = [...new Set(evaluations.flatMap(({ accuracies }) => Object.keys(accuracies)))];
  const columns = [...STEP_COLUMNS, 'eval_kl', 'eval_entropy', ...rules.map((rule) => `eval_accuracies/${rule}`)]; // prettier-ignore
  const byStep = new Map(rows.map((row) => [row.step, row]));
  const evaluated = new Map(evaluations.map((one) => [one.step, one]));
  const steps = [...new Set([...byStep.keys(), ...evaluated.keys()])].sort((a, b) => a - b);
  const lines = steps.map((step): Cell[] => {
    const row = byStep.get(step);
    const held = evaluated.get(step);
    return [
      ...STEP_COLUMNS.map((key) => (key === 'step' ? step : (row?.[key] ?? null))),
      held?.kl ?? null,
      held?.entropy ?? null,
      ...rules.map((rule) => held?.accuracies[rule] ?? null),
    ];
  });
  return csv(columns, lines);
}
