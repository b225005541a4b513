/** What PyTorch is asked to compute with loss.py: every objective that labels can train, from the logits of one small batch. */
import { stream } from '../../src/base/random.ts';
import { lossModule } from '../../src/exports/cluster/loss-py.ts';
import QUANTITIES from '../../src/exports/python/quantities.py?raw';
import type { CheckedFormula } from '../../src/formulas/check.ts';
import { PAIR_COLUMNS } from '../../src/training/pair-quantities.ts';
import { objectives } from '../../src/objectives/index.ts';
import { formulaOf, objectiveIssues, readObjective } from '../../src/recipes/objective.ts';
import type { Recipe } from '../../src/recipes/schema.ts';
import type { Numbers } from './formula-graph.ts';
import { SIZES } from './formula-graph.ts';
import { smallRecipe } from './small-run.ts';

/** Rows, words of a row, vocabulary. Rejected rows end early, so that the two sides have the axes that formulas are tested with. */
const [B, L, V] = [SIZES.b, SIZES.t_w + 1, 5];

/** Reads everything that an offline run has. */
const ALL =
  'a = sum_t(entropy_w[t] * position_w[t]) + p_squared_l + mean_t(kl_w[t] - kl_ref_w[t]) + kl_l * len_l\n' +
  'rewards_chosen = beta * (logp_w - ref_w)\nrewards_rejected = own_number * (logp_l - ref_l)\n' +
  'loss = log1p(square(a)) * weight + max(0, logp_m - ref_m) + strength * score_w - score_l * label_probability - reward_mean + margin_column * rewards_chosen';

export function trainable(): Recipe[] {
  const { objective } = smallRecipe();
  const named = [...objectives.keys()].filter((name) => {
    const choice = { ...objective, name };
    return objectiveIssues(choice, readObjective(choice)).length === 0;
  });
  const own = { name: 'sigmoid', formula: ALL, own: { own_number: 0.7 } };
  return [...named.map((name) => ({ name })), own].map((change) => smallRecipe({ objective: change }));
}

export const nameOf = ({ objective }: Recipe): string =>
  objective.formula === null ? objective.name : 'custom';

/** logits and ref_logits [2B, L, V], input_ids and completion_mask [2B, L], columns [B] or []. */
export interface ClusterBatch {
  logits: number[][][];
  ref_logits: number[][][];
  input_ids: number[][];
  completion_mask: number[][];
  columns: Record<string, number | number[]>;
}

export function clusterBatch(): ClusterBatch {
  const random = stream(8, 'cluster');
  const rows = <T>(length: number, of: (i: number) => T): T[] => Array.from({ length }, (_, i) => of(i));
  const logits = (): number[][][] =>
    rows(2 * B, () => rows(L, () => rows(V, () => Math.fround(3 * random.uniform() - 1.5))));
  const ends = (row: number): number => (row < B ? L - (row % 3) : SIZES.t_l + 1 - (row % 2));
  const columns = Object.fromEntries(
    [...PAIR_COLUMNS, 'logp_m', 'ref_m'].map((name) => [name, rows(B, () => Math.fround(random.uniform()))]),
  );
  return {
    logits: logits(),
    ref_logits: logits(),
    input_ids: rows(2 * B, () => rows(L, () => random.integer(V))),
    completion_mask: rows(2 * B, (row) => rows(L, (t) => (t >= 1 + (row % 2) && t < ends(row) ? 1 : 0))),
    columns: { ...columns, reward_mean: 0.25 },
  };
}

/** What the formula reads, worked out from the batch a second time, in plain numbers. */
export function numbersOf(batch: ClusterBatch, parameters: Readonly<Record<string, number>>): Numbers {
  const numbers: Record<string, number[]> = {};
  for (const [name, value] of Object.entries(batch.columns)) numbers[name] = [value].flat();
  for (const [name, value] of Object.entries(parameters)) numbers[name] = [value];
  for (const side of ['w', 'l'] as const) {
    const predictions = SIZES[`t_${side}`];
    const values: Record<string, number[]> = {};
    const add = (key: string, value: number): void => void (values[key] ??= []).push(value);
    for (let row = side === 'w' ? 0 : B; row < (side === 'w' ? B : 2 * B); row++) {
      let place = 0;
      for (let t = 0; t < predictions; t++) {
        const mask = batch.completion_mask[row]?.[t + 1] as number;
        const [p, q] = [batch.logits, batch.ref_logits].map((of) => logSoftmax(of[row]?.[t] as number[])) as [number[], number[]]; // prettier-ignore
        const target = batch.input_ids[row]?.[t + 1] as number;
        const sum = (of: (i: number) => number): number => p.reduce((total, _, i) => total + of(i), 0);
        const [lp, lq] = [(i: number) => p[i] as number, (i: number) => q[i] as number];
        place += mask;
        add('mask', mask);
        add('position', Math.max(1, place));
        add('logp', lp(target));
        add('ref', lq(target));
        add('entropy', -sum((i) => Math.exp(lp(i)) * lp(i)));
        add(
          'kl',
          sum((i) => Math.exp(lp(i)) * (lp(i) - lq(i))),
        );
        add(
          'kl_ref',
          sum((i) => Math.exp(lq(i)) * (lq(i) - lp(i))),
        );
        add(
          'p_squared',
          sum((i) => Math.exp(2 * lp(i))),
        );
      }
    }
    const mask = values['mask'] as number[];
    const sums = (of: readonly number[]): number[] =>
      Array.from({ length: B }, (_, row) =>
        of.slice(row * predictions, (row + 1) * predictions).reduce((s, x, t) => s + x * (mask[row * predictions + t] as number), 0),
      ); // prettier-ignore
    numbers[`mask_${side}`] = mask;
    numbers[`len_${side}`] = sums(mask.map(() => 1));
    for (const [key, list] of Object.entries(values)) {
      if (key === 'mask') continue;
      numbers[`${key}_${side}[t]`] = list;
      numbers[`${key}_${side}`] = sums(list);
    }
  }
  return numbers;
}

function logSoftmax(logits: readonly number[]): number[] {
  const sum = logits.reduce((total, x) => total + Math.exp(x), 0);
  return logits.map((x) => x - Math.log(sum));
}

export function checkedOf({ objective }: Recipe): CheckedFormula {
  const checked = formulaOf(objective);
  if (!checked.ok) throw new Error(JSON.stringify(checked.issues));
  return checked.value;
}

export const parametersOf = ({ objective }: Recipe): Record<string, number> => ({
  ...objective.parameters,
  ...objective.own,
});

/** All that Python needs; the part of loss.py that is always the same stands there once. */
export function clusterCases(recipes: readonly Recipe[]): string {
  const cases = recipes.map((recipe) => {
    const { text } = lossModule(checkedOf(recipe), parametersOf(recipe));
    return JSON.stringify({ name: nameOf(recipe), head: text.slice(0, text.indexOf(QUANTITIES)) });
  });
  const batch = JSON.stringify(clusterBatch());
  return `{"batch": ${batch},\n"quantities": ${JSON.stringify(QUANTITIES)},\n"cases": [\n${cases.join(',\n')}\n]}\n`;
}
