/** `sway race`: recipes that differ in their objective, over the same seeds, with means, intervals and paired tests. */
import { basename } from 'node:path';
import { InvalidInputError } from '../base/errors.ts';
import { BACKENDS } from '../engine/backend.ts';
import type { Arm, ArmResult, RaceTable } from '../recipes/race.ts';
import { MOST_SEEDS, raceIssues, raceJobs, raceSeeds, raceTable } from '../recipes/race.ts';
import { storyOf } from '../recipes/story.ts';
import type { Options } from './input.ts';
import {
  backendOption,
  checkedRecipe,
  mistake,
  parseOptions,
  readJson,
  seedOption,
  wholeOption,
} from './input.ts';
import { runStory } from './run.ts';
import { readShared } from './shared.ts';

const OPTIONS: Options = {
  '--seeds': `how many, 2 to ${MOST_SEEDS}`,
  '--seed': 'the first seed',
  '--backend': `one of ${BACKENDS.join(', ')}`,
  '--json': null,
};

export async function race(argv: readonly string[]): Promise<number> {
  const { files, options } = parseOptions(argv, OPTIONS);
  const seed = seedOption(options);
  const [word] = files;
  const shared = word !== undefined && files.length === 1 ? await readShared(word, seed) : null;
  const given = shared?.kind === 'race' ? shared : null;
  const count = wholeOption(options, '--seeds') ?? given?.seeds ?? 5;
  if (count < 2 || count > MOST_SEEDS) {
    throw mistake(
      'argument',
      '--seeds',
      `2 to ${MOST_SEEDS}`,
      String(count),
      'An interval needs at least two seeds.',
    );
  }
  const arms: Arm[] = [...(given?.arms ?? [])];
  for (const file of given === null ? files : []) arms.push(...(await readArms(file, seed)));
  const issues = raceIssues(arms);
  if (issues.length > 0) throw new InvalidInputError(issues);

  const jobs = raceJobs(arms, raceSeeds((arms[0] as Arm).recipe.seed, count));
  const results: ArmResult[] = [];
  for (const { arm, seed, recipe } of jobs) {
    const result = await runStory(storyOf(recipe), recipe.loop.steps, backendOption(options));
    const { metrics, evaluations, samples, digest } = result;
    results.push({ arm, seed, metrics, evaluations, samples });
    process.stderr.write(`${results.length} of ${jobs.length}: ${arm}, seed ${seed}, parameters ${digest}\n`);
  }
  const table = raceTable(arms, results);
  process.stdout.write(
    options.has('--json') ? `${JSON.stringify({ arms, table, results })}\n` : print(table),
  );
  return 0;
}

/** A file holds one recipe, named as the file, or `{ "arms": [{ "name", "recipe" }] }` as the race page copies it. */
async function readArms(file: string, seed: number | null): Promise<Arm[]> {
  const value = await readJson(file);
  const listed = typeof value === 'object' && value !== null && 'arms' in value ? value.arms : null;
  if (!Array.isArray(listed))
    return [{ name: basename(file, '.json'), recipe: checkedRecipe(value, seed, file) }];
  return listed.map((arm: { name?: unknown; recipe?: unknown } | null, i) => {
    const name = typeof arm?.name === 'string' ? arm.name : `arm ${i + 1}`;
    return { name, recipe: checkedRecipe(arm?.recipe, seed, `${file}: ${name}`) };
  });
}

/** For people: a row a metric, mean and half width of the 95% interval an arm, and which pairs differ. */
function print({ seeds, rows }: RaceTable): string {
  const lines = rows.flatMap(({ metric, arms, comparisons }) => {
    const cells = Object.entries(arms).map(
      ([name, { mean, halfWidth }]) => `${name} ${mean.toFixed(3)} ± ${halfWidth.toFixed(3)}`,
    );
    const different = comparisons
      .filter((c) => c.different)
      .map((c) => `${c.a} and ${c.b} differ (p ${c.p.toFixed(3)})`);
    return [
      `${metric}`,
      `  ${cells.join('   ')}`,
      `  ${different.length > 0 ? different.join('; ') : 'no pair differs'}`,
    ];
  });
  const rests = `Means and 95% intervals over ${seeds.length} seeds (${seeds.join(', ')}); paired t-tests, Holm's correction, 5%.`;
  return `${[rests, ...lines].join('\n')}\n`;
}
