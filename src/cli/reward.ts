/** `sway reward`: trains a reward model by a recipe, headless, and measures it as the page does. */
import { writeFile } from 'node:fs/promises';
import type { BackendName } from '../engine/backend.ts';
import { BACKENDS } from '../engine/backend.ts';
import type { Interval } from '../metrics/statistics.ts';
import type { Proportion } from '../metrics/calibration.ts';
import type { RewardRow } from '../metrics/reward.ts';
import type { BaseSource } from '../runs/base.ts';
import { baseOf } from '../runs/base.ts';
import type { UnusedLabels } from '../runs/pairs.ts';
import type { RewardModelData } from '../runs/reward/file.ts';
import { rewardFile } from '../runs/reward/file.ts';
import { observeReward } from '../runs/reward/observe.ts';
import { openRewardRun } from '../runs/reward/run.ts';
import type { RewardAudit, RewardEvaluation } from '../runs/reward/views.ts';
import type { Recipe } from '../recipes/schema.ts';
import type { CheckedRecipe } from '../recipes/check.ts';
import { recheckRecipe, sureOf } from '../recipes/check.ts';
import { unusedLabels } from '../runs/unused.ts';
import { bringBeside } from '../worlds/index.ts';
import { storyOf } from '../runs/story.ts';
import { startingFrom } from './given-model.ts';
import type { Options, Parsed } from './input.ts';
import { backendOption, checkedRecipe, mistake, parseOptions, readJson, seedOption } from './input.ts';
import { openData } from './own-data.ts';
import { START_OPTIONS } from './start.ts';
import { loadBase, openInNode } from './node-host.ts';

const OPTIONS: Options = {
  '--backend': `one of ${BACKENDS.join(', ')}`,
  '--seed': 'a whole number',
  '--json': null,
  '--onnx': 'a file to write',
  ...START_OPTIONS,
};

export async function reward(argv: readonly string[]): Promise<number> {
  const { files, options } = parseOptions(argv, OPTIONS);
  const [file] = files;
  if ((file === undefined && !options.has('--data')) || files.length > 1) return 2;
  const { recipe, ...from } = await startReward(file, options);
  const { model, ...result } = await trainReward(recipe, backendOption(options), from);
  const onnx = options.get('--onnx');
  if (onnx !== undefined) {
    await writeFile(onnx, rewardFile(model, recipe.world)).catch((error: unknown) => {
      throw mistake('no-file', onnx, 'a file that can be written', String(error), 'Check the path.');
    });
  }
  process.stdout.write(options.has('--json') ? `${JSON.stringify(result)}\n` : table(result));
  return 0;
}

export interface StartedReward extends BaseSource {
  recipe: CheckedRecipe;
}

/** The recipe of a file; with `--data` one of defaults may stand for it. */
export async function startReward(
  file: string | undefined,
  options: Parsed['options'],
): Promise<StartedReward> {
  const data = await openData(options, null);
  const value = file === undefined ? {} : await readJson(file);
  const bring = bringBeside(...(data === null ? [] : [data.world]));
  const input = withObjective(data?.complete(value) ?? value);
  const recipe = await checkedRecipe(input, bring, seedOption(options), file ?? 'recipe', 'reward');
  const { load = loadBase } = data ?? {};
  const model = options.get('--model');
  if (model === undefined) return { recipe, load };
  const { story, given } = await startingFrom(model, storyOf(recipe.recipe), recipe.world, 'reward');
  return { recipe: sureOf(recheckRecipe(recipe, story.recipe)), load, given };
}

/** A recipe without an objective is one of Bradley and Terry's. */
const withObjective = (value: unknown): unknown =>
  typeof value === 'object' && value !== null ? { objective: { name: 'bradley_terry' }, ...value } : value;

interface RewardResult {
  recipe: Recipe;
  backend: BackendName;
  pairs: number;
  unused: UnusedLabels;
  metrics: RewardRow[];
  evaluations: RewardEvaluation[];
  audit: RewardAudit;
  /** Of the final parameters, trunk and head. */
  digest: string;
}

/** Trains to the recipe's last step, with an evaluation before the first and every `loop.evaluate_every` steps. */
export async function trainReward(
  checked: CheckedRecipe,
  backend: BackendName,
  from: BaseSource,
): Promise<RewardResult & { model: RewardModelData }> {
  const base = await baseOf(checked, from);
  const run = await openRewardRun(checked, await openInNode(backend), base.config, base.parameters);
  const { recipe } = run;
  const observer = await observeReward(run);
  const { steps, evaluate_every: every } = recipe.loop;
  const metrics: RewardRow[] = [];
  const evaluations = [await observer.evaluate()];
  while (run.step < steps) {
    metrics.push(...(await run.advance(Math.min(every, steps - run.step))));
    evaluations.push(await observer.evaluate());
  }
  const { pairs, unused } = run;
  const audit = await observer.audit();
  const model = { config: run.config, block: await run.parameters() };
  const digest = await run.digest();
  const result = { recipe, backend, pairs, unused, metrics, evaluations, audit, digest, model };
  run.device.dispose();
  return result;
}

const COLUMNS: (keyof RewardRow)[] = [
  'step',
  'loss',
  'grad_norm',
  'accuracy',
  'margin',
  'mean_reward',
  'min_reward',
  'max_reward',
];

/** For people: one line a step, then the measures. */
function table({
  recipe,
  backend,
  pairs,
  unused,
  metrics,
  evaluations,
  audit,
  digest,
}: RewardResult): string {
  const cell = (value: number, key: string): string =>
    (key === 'step' ? String(value) : value.toFixed(4)).padStart(key.length + 2);
  const share = ({ share: value, n, low, high }: Proportion): string =>
    `${(100 * value).toFixed(1)}% of ${n} (95%: ${(100 * low).toFixed(1)} to ${(100 * high).toFixed(1)})`;
  const interval = ({ mean, halfWidth }: Interval): string => `${mean.toFixed(3)} ± ${halfWidth.toFixed(3)}`;
  const [first, last] = [evaluations[0], evaluations.at(-1)] as [RewardEvaluation, RewardEvaluation];
  const noise = recipe.labels.noise;
  return [
    `backend ${backend}, ${pairs} pairs to learn from, objective ${recipe.objective.name}`,
    ...unusedLabels(unused),
    COLUMNS.map((key) => key.padStart(key.length + 2)).join(''),
    ...metrics.map((row) => COLUMNS.map((key) => cell(row[key], key)).join('')),
    `held-out accuracy by the rule ${recipe.labels.rule}: ${share(first.truth)} -> ${share(last.truth)}`,
    ...(noise > 0 ? [`  against labels of noise ${noise}: ${share(last.labels)}`] : []),
    `expected calibration error ${last.calibration.ece.toFixed(3)}`,
    `Kendall's tau over samples: with the policy ${interval(audit.tauPolicy)}, with the truth ${interval(audit.tauTruth)}`,
    `best of n, gains in standard deviations of a sample (${audit.prompts} prompts, ${audit.samples} samples each):`,
    ...audit.curve.map(
      ({ n, proxy, truth }) =>
        `  n ${String(n).padStart(2)}  reward ${interval(proxy)}  truth ${interval(truth)}`,
    ),
    `  ${audit.verdict.kind}`,
    `digest of the parameters ${digest}`,
    '',
  ].join('\n');
}
