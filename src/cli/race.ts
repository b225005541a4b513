/**
 * `sway race`: recipes that differ in their objective, over the same seeds, with means, intervals and paired tests. On WebGPU
 * the runs train side by side; elsewhere one by one, which is quicker there.
 */
import { basename } from 'node:path';
import { InvalidInputError } from '../base/errors.ts';
import type { Device } from '../engine/backend.ts';
import { BACKENDS } from '../engine/backend.ts';
import type { Base, BaseSource } from '../runs/base.ts';
import { baseOf } from '../runs/base.ts';
import type { Arm, ArmResult, RaceTable } from '../runs/race/race.ts';
import { MOST_SEEDS, raceIssues, raceJobs, raceSeeds, raceTable } from '../runs/race/race.ts';
import { storyOf } from '../runs/story.ts';
import { blocksOf, openBlock } from '../runs/race/block.ts';
import { checkedIn } from '../recipes/check.ts';
import { bringBeside, bringWorld, FIRST_WORLD, type BringWorld } from '../worlds/index.ts';
import type { Prompt, World } from '../worlds/world.ts';
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
import { parametersDigest, runStory, type RunResult } from './run.ts';
import { startingFrom } from './given-model.ts';
import { openData, type OwnData } from './own-data.ts';
import { readShared } from './shared.ts';
import { START_OPTIONS, type Sources } from './start.ts';
import { loadBase, openInNode } from './node-host.ts';

const OPTIONS: Options = {
  '--seeds': `how many, 2 to ${MOST_SEEDS}`,
  '--seed': 'the first seed',
  '--backend': `one of ${BACKENDS.join(', ')}`,
  '--json': null,
  ...START_OPTIONS,
};

export async function race(argv: readonly string[]): Promise<number> {
  const { files, options } = parseOptions(argv, OPTIONS);
  const seed = seedOption(options);
  const [word] = files;
  const shared = word !== undefined && files.length === 1 ? await readShared(word, seed, bringWorld) : null;
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
  const data = await openData(options, null);
  const told: Arm[] = [...(given?.arms ?? [])];
  const bring = bringBeside(...(data === null ? [] : [data.world]));
  for (const file of given === null ? files : []) told.push(...(await readArms(file, seed, data, bring)));
  const { arms, from, world } = await sourcesOf(told, options.get('--model'), data, bring);
  const issues = raceIssues(arms);
  if (issues.length > 0) throw new InvalidInputError(issues);

  const jobs = raceJobs(arms, raceSeeds((arms[0] as Arm).recipe.seed, count));
  const results: ArmResult[] = [];
  const take: Take = ({ arm, seed }, { metrics, evaluations, samples, digest }) => {
    results.push({ arm, seed, metrics, evaluations, samples });
    process.stderr.write(`${results.length} of ${jobs.length}: ${arm}, seed ${seed}, parameters ${digest}\n`);
  };
  const backend = backendOption(options);
  if (backend === 'webgpu')
    await sideBySide(jobs, arms.length, await openInNode(backend), take, { ...from, world });
  else {
    for (const job of jobs) {
      const { recipe } = job;
      take(job, await runStory(storyOf(recipe), recipe.loop.steps, backend, { ...from, world }));
    }
  }
  const table = raceTable(arms, results, world);
  process.stdout.write(
    options.has('--json') ? `${JSON.stringify({ arms, table, results })}\n` : print(table),
  );
  return 0;
}

type Job = ReturnType<typeof raceJobs>[number];
type Take = (job: Job, result: Pick<RunResult, 'metrics' | 'evaluations' | 'samples' | 'digest'>) => void;

/** All runs on the replica axis, in as few programs as the device has room for. A run that fails ends the command. */
export async function sideBySide(
  jobs: readonly Job[],
  arms: number,
  device: Device,
  take: Take,
  { world, ...from }: Sources,
): Promise<void> {
  const bases = await Promise.all(jobs.map(({ recipe }) => baseOf({ recipe, world }, from)));
  const all = jobs.map((job, i) => ({
    ...job,
    recipe: checkedIn(world, job.recipe),
    base: bases[i] as Base,
  }));
  for (const block of blocksOf(all, arms, (bases[0] as Base).config, device.info.largestArena)) {
    const recipes = block.map(({ recipe }) => recipe);
    const prompt = (world.prompts[0] as Prompt).id;
    const open = await openBlock(
      recipes,
      block.map(({ base }) => base),
      device,
      prompt,
    );
    const told = [...open.first];
    while (open.step < open.steps && told.every(({ error }) => error === null)) {
      told.push(...(await open.advance(open.steps)));
    }
    const failed = told.find(({ error }) => error !== null);
    if (failed) throw failed.error;
    const digests = await Promise.all(open.runs.map(parametersDigest));
    block.forEach((job, lane) => {
      const own = told.filter((news) => news.lane === lane);
      const seen = own.flatMap((news) => news.seen ?? []);
      take(
        { ...job, recipe: job.recipe.recipe },
        {
          metrics: own.flatMap(({ rows }) => rows),
          evaluations: seen.map(({ evaluation }) => evaluation),
          samples: (seen.at(-1) as (typeof seen)[number]).samples,
          digest: digests[lane] as string,
        },
      );
    });
  }
  device.dispose();
}

/** What the arms start from: the model at `path`, if there is one. All are of one world, or no race begins. */
async function sourcesOf(
  told: readonly Arm[],
  path: string | undefined,
  data: OwnData | null,
  bring: BringWorld,
): Promise<{ arms: readonly Arm[]; from: BaseSource; world: World }> {
  const world = (await bring(told[0]?.recipe.world ?? FIRST_WORLD)) as World; // of a recipe that was checked in it
  const { load = loadBase } = data ?? {};
  const mixed = told.some(({ recipe }) => recipe.world !== world.name);
  if (path === undefined || mixed) return { arms: told, from: { load }, world };
  const started = await Promise.all(
    told.map(async ({ name, recipe }) => ({ name, ...(await startingFrom(path, storyOf(recipe), world)) })),
  );
  const arms = started.map(({ name, story }) => ({ name, recipe: story.recipe }));
  return { arms, from: { load, given: started[0]?.given }, world };
}

/** A file holds one recipe, named as the file, or `{ "arms": [{ "name", "recipe" }] }` as the race page copies it. */
async function readArms(
  file: string,
  seed: number | null,
  data: OwnData | null,
  bring: BringWorld,
): Promise<Arm[]> {
  const complete = data?.complete ?? ((recipe: unknown) => recipe);
  const value = await readJson(file);
  const listed = typeof value === 'object' && value !== null && 'arms' in value ? value.arms : null;
  const arm = async (name: string, recipe: unknown, at: string): Promise<Arm> => ({
    name,
    recipe: (await checkedRecipe(complete(recipe), bring, seed, at)).recipe,
  });
  if (!Array.isArray(listed)) return [await arm(basename(file, '.json'), value, file)];
  return Promise.all(
    listed.map((one: { name?: unknown; recipe?: unknown } | null, i) => {
      const name = typeof one?.name === 'string' ? one.name : `arm ${i + 1}`;
      return arm(name, one?.recipe, `${file}: ${name}`);
    }),
  );
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
