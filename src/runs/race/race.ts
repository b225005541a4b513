/** A race: the same recipe under several objectives, each over the same seeds, and what may be said of the outcome. */
import type { Issue } from '../../base/errors.ts';
import { sameValue } from '../../base/same.ts';
import { mean } from '../../base/maths.ts';
import type { StepMetrics } from '../../metrics/metrics.ts';
import type { Comparison, Interval } from '../../metrics/statistics.ts';
import { compareArms, meanInterval } from '../../metrics/statistics.ts';
import type { Recipe } from '../../recipes/schema.ts';
import type { Evaluation, Samples } from '../views.ts';
import type { World } from '../../worlds/world.ts';

export const MOST_ARMS = 6;
export const MOST_SEEDS = 30;

export interface Arm {
  name: string;
  recipe: Recipe;
}

/** One finished run of a race. */
export interface ArmResult {
  arm: string;
  seed: number;
  metrics: StepMetrics[];
  evaluations: Evaluation[];
  samples: Samples;
}

/** Seeds of a race: those from the recipe's own on. Arms share them, and with them pairs, label noise and data order. */
export function raceSeeds(first: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => (first + i) % 4294967296);
}

/** Every run of the race, seed by seed, so that an early stop leaves whole seeds. */
export function raceJobs(
  arms: readonly Arm[],
  seeds: readonly number[],
): { arm: string; seed: number; recipe: Recipe }[] {
  return seeds.flatMap((seed) =>
    arms.map(({ name, recipe }) => ({ arm: name, seed, recipe: { ...recipe, seed } })),
  );
}

/**
 * Arms must differ in the objective and the optimiser only: else a difference would have several causes. All are measured
 * by the model that they start from.
 */
export function raceIssues(arms: readonly Arm[]): Issue[] {
  const issues: Issue[] = [];
  if (arms.length < 2 || arms.length > MOST_ARMS) {
    const cure = 'Add or remove recipes.';
    issues.push({
      code: 'race/arms',
      at: 'race',
      expected: `2 to ${MOST_ARMS} recipes`,
      received: `${arms.length}`,
      cure,
    });
  }
  const names = arms.map((arm) => arm.name);
  names.forEach((name, i) => {
    if (names.indexOf(name) === i) return;
    const cure = 'Give each arm a name of its own.';
    issues.push({ code: 'race/name', at: `race.${i}`, expected: 'a new name', received: name, cure });
  });
  for (const { name, recipe } of arms) {
    const { reference } = recipe.model;
    if (reference === undefined) continue;
    const at = `${name}.model.reference`;
    const expected = 'none: the runs of a race are measured by the model before training';
    const cure = 'Leave it out, or train the recipes one by one.';
    issues.push({ code: 'race/reference', at, expected, received: reference.sha256, cure });
  }
  for (const { name, recipe } of arms) {
    if (recipe.loop.kind !== 'online') continue;
    const expected = 'offline: the runs of a race share their pairs, and rounds end at different steps';
    const cure = 'Leave loop.kind out, or train the recipes one by one.';
    issues.push({ code: 'race/online', at: `${name}.loop.kind`, expected, received: 'online', cure });
  }
  for (const key of ['world', 'model', 'labels', 'loop', 'seed'] as const) {
    const different = arms.find(({ recipe }) => !sameValue(recipe[key], arms[0]?.recipe[key]));
    if (different === undefined) continue;
    const cure = 'Give all arms the same value: only objective and optimiser may differ.';
    issues.push({
      code: 'race/unlike',
      at: `${different.name}.${key}`,
      expected: `the same ${key} as ${arms[0]?.name}`,
      received: 'another',
      cure,
    });
  }
  return issues;
}

export interface RaceRow {
  metric: string;
  /** What a larger number means. */
  help: string;
  arms: Record<string, Interval>;
  /** Every pair of arms, paired by seed. */
  comparisons: Comparison[];
}

export interface RaceTable {
  seeds: number[];
  rows: RaceRow[];
}

/** Batches of the end that a training metric is averaged over: one batch alone is noise. */
const LAST_STEPS = 10;

const METRICS: Record<
  string,
  { help: string; of: (result: ArmResult, recipe: Recipe, world: World) => number }
> = {
  'heldout/accuracy': {
    help: 'share of held-out pairs in which the side that the rule prefers has the higher reward',
    of: ({ evaluations }, { labels }) => evaluations.at(-1)?.accuracies[labels.rule] ?? NaN,
  },
  'samples/utility': {
    help: "mean utility, under the labeler's rule, of responses sampled at the end",
    of: ({ samples }, { labels }, world) => utilityOf(world, samples, labels.rule),
  },
  kl: {
    help: 'mean KL(policy || model before training) a token, nats',
    of: ({ evaluations }) => evaluations.at(-1)?.kl ?? NaN,
  },
  entropy: {
    help: 'mean entropy of the next word, nats',
    of: ({ evaluations }) => evaluations.at(-1)?.entropy ?? NaN,
  },
  'logps/chosen': {
    help: 'log-prob of chosen training responses, nats',
    of: (result) => lastMean(result, 'logps/chosen'),
  },
  'logps/rejected': {
    help: 'log-prob of rejected training responses, nats',
    of: (result) => lastMean(result, 'logps/rejected'),
  },
  'rewards/accuracies': {
    help: 'share of training pairs in the right order',
    of: (result) => lastMean(result, 'rewards/accuracies'),
  },
};

function lastMean({ metrics }: ArmResult, key: keyof StepMetrics): number {
  const last = metrics.slice(-LAST_STEPS).map((row) => row[key]);
  return mean(last.filter(Number.isFinite));
}

/** A rule of the worlds is monotone in single attributes: its utility of the mean scores is the figure shown. */
function utilityOf({ rules }: World, { scoresAfter }: Samples, rule: string): number {
  return rules.find(({ name }) => name === rule)?.utility(scoresAfter) ?? NaN;
}

/** Means with intervals, and paired comparisons, over the seeds that every arm has finished. `world`: that of the arms. */
export function raceTable(arms: readonly Arm[], results: readonly ArmResult[], world: World): RaceTable {
  const finished = (arm: string): Map<number, ArmResult> =>
    new Map(results.filter((result) => result.arm === arm).map((result) => [result.seed, result]));
  const byArm = new Map(arms.map(({ name }) => [name, finished(name)]));
  const seeds = [...new Set(results.map(({ seed }) => seed))].filter((seed) =>
    [...byArm.values()].every((runs) => runs.has(seed)),
  );
  const recipe = arms[0]?.recipe;
  const rows = Object.entries(METRICS).map(([metric, { help, of }]): RaceRow => {
    const values = Object.fromEntries(
      [...byArm].map(([name, runs]) => [
        name,
        seeds.map((seed) => of(runs.get(seed) as ArmResult, recipe as Recipe, world)),
      ]),
    );
    const intervals = Object.entries(values).map(([name, list]) => [name, meanInterval(list)]);
    return { metric, help, arms: Object.fromEntries(intervals), comparisons: compareArms(values) };
  });
  return { seeds, rows };
}
