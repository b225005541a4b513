/**
 * Runs of a race side by side on one device, on its replica axis: one dispatch trains them all. Each run is the runner's and
 * each picture the observer's, as if it were alone (see engine/lanes.ts); a run that fails leaves the others be.
 */
import { BackendUnavailableError, DeviceLostError } from '../../base/errors.ts';
import type { Device, Feeds } from '../../engine/backend.ts';
import type { Lane } from '../../engine/lanes.ts';
import { openLanes } from '../../engine/lanes.ts';
import { planArena } from '../../engine/plan.ts';
import { replicate } from '../../engine/replicate.ts';
import type { Graph } from '../../engine/graph.ts';
import type { CheckedFormula } from '../../formulas/check.ts';
import type { OfflineShape } from '../../training/offline.ts';
import { raceProgram } from '../../training/offline.ts';
import { syncProgram } from '../../training/reference-sync.ts';
import type { StepMetrics } from '../../metrics/metrics.ts';
import type { LmConfig } from '../../models/lm/config.ts';
import type { Base } from '../base.ts';
import type { Observer } from '../observe.ts';
import { observe } from '../observe.ts';
import { raceRewardProgram } from '../rewards.ts';
import { capacity } from '../shape.ts';
import type { UnusedLabels } from '../pairs.ts';
import type { ProgramLoader } from '../layout.ts';
import type { Run } from '../runner.ts';
import { openRun } from '../runner.ts';
import type { CheckedRecipe } from '../../recipes/check.ts';
import { sameFormula } from '../../recipes/objective.ts';
import { scorerPrograms } from '../scorer.ts';
import type { Evaluation, Ranking, Samples } from '../views.ts';

/** What has become of one run of the block, by its place in it. */
export interface LaneNews {
  lane: number;
  rows: StepMetrics[];
  seen: { evaluation: Evaluation; ranking: Ranking; samples: Samples } | null;
  /** Pairs that it learns from. */
  pairs: number;
  /** Labels that its objective has no use for. */
  unused: UnusedLabels;
  /** Why the run is over before its end; null while it is not. */
  error: unknown;
}

export interface Block {
  readonly steps: number;
  /** Updates made so far, the same for all runs. */
  readonly step: number;
  /** The runs that are left. */
  readonly runs: readonly Run[];
  /** What is seen before the first update. */
  readonly first: readonly LaneNews[];
  /** Up to `count` updates of every run that is left, and what the recipe says is to be seen after them. */
  advance(count: number): Promise<LaneNews[]>;
}

const NOTHING_UNUSED: UnusedLabels = { ties: 0, bothBad: 0 };

/** Past this a longer row of replicas brings little, and other programs want memory, too. */
const MOST_BYTES = 512 * 1_048_576;
/** Of a device's largest buffer: kernels take room beyond the plan. */
const SHARE = 0.8;

/**
 * Recipes that differ in objective, optimiser and seed only. `bases`: what each run starts from, of one size. Errors of the
 * device are thrown; those of a run are told in its news.
 */
export async function openBlock(
  recipes: readonly CheckedRecipe[],
  bases: readonly Base[],
  device: Device,
  prompt: string,
): Promise<Block> {
  const { steps, evaluate_every: every } = (recipes[0] as CheckedRecipe).recipe.loop;
  const { formulas, armOf } = formulasOf(recipes);
  const lanes = openLanes(
    device,
    recipes.map((_, i) => feedsBesides(formulas, armOf[i] as number)),
  );
  const loaderOf = (arm: number): ProgramLoader => ({
    load: async (on, wanted) => {
      const mine = { arm, shape: wanted.shape };
      const shape = await (on as Lane).meet(mine, async (all, load) => {
        const most = largest(all.map((one) => one.shape));
        const ties = formulas.map((_, i) => all.some((one) => one.arm === i && one.shape.ties === true));
        await load(programsOf(most, formulas, wanted.moves, ties));
        return most;
      });
      return { wanted, shape: { ...shape, ties: wanted.shape.ties === true }, programs: {} };
    },
    mirrored: false,
  });
  const open = new Map<number, { run: Run; observer: Observer }>();
  let step = 0;

  /** Everyone's work at the same time, so that it becomes one; whoever fails leaves. */
  const together = (
    who: Iterable<number>,
    work: (lane: number) => Promise<Pick<LaneNews, 'rows' | 'seen'>>,
  ): Promise<LaneNews[]> =>
    Promise.all(
      Array.from(who, async (lane) => {
        try {
          const done = await work(lane);
          const { pairs = 0, unused = NOTHING_UNUSED } = open.get(lane)?.run ?? {};
          return { lane, ...done, pairs, unused, error: null };
        } catch (error) {
          if (error instanceof DeviceLostError || error instanceof BackendUnavailableError) throw error;
          open.delete(lane);
          (lanes[lane] as Lane).leave();
          return { lane, rows: [], seen: null, pairs: 0, unused: NOTHING_UNUSED, error };
        }
      }),
    );

  const look = async (lane: number): Promise<LaneNews['seen']> => {
    const { observer } = open.get(lane) as { observer: Observer };
    return { ...(await observer.evaluate()), samples: await observer.samples() };
  };

  const first = await together(recipes.keys(), async (lane) => {
    const arm = armOf[lane] as number;
    const on = named(lanes[lane] as Lane, arm);
    const { config, parameters } = bases[lane] as Base;
    const recipe = recipes[lane] as CheckedRecipe;
    const run = await openRun(recipe, on, config, parameters, { loader: loaderOf(arm) });
    open.set(lane, { run, observer: await observe(run, prompt) });
    return { rows: [], seen: await look(lane) };
  });

  return {
    steps,
    first,
    get step() {
      return step;
    },
    get runs() {
      return Array.from(open.values(), ({ run }) => run);
    },
    advance: async (count) => {
      const n = Math.min(count, every - (step % every), steps - step);
      const last = step + n;
      const news = await together([...open.keys()], async (lane) => {
        const rows = await (open.get(lane) as { run: Run }).run.advance(n);
        return { rows, seen: last % every === 0 || last === steps ? await look(lane) : null };
      });
      step = last;
      return news;
    },
  };
}

/** The different formulas of the recipes, and which of them each recipe runs. */
function formulasOf(recipes: readonly CheckedRecipe[]): { formulas: CheckedFormula[]; armOf: number[] } {
  const different: CheckedRecipe[] = [];
  const armOf = recipes.map((one) => {
    const known = different.findIndex(({ recipe }) => sameFormula(recipe.objective, one.recipe.objective));
    return known >= 0 ? known : different.push(one) - 1;
  });
  return { formulas: different.map(({ formula }) => formula), armOf };
}

/** `moves`: with a reference that moves. `ties`: for each formula, whether some of its pairs are ties. */
function programsOf(
  shape: OfflineShape,
  formulas: readonly CheckedFormula[],
  moves: boolean,
  ties: readonly boolean[],
): Record<string, Graph> {
  return {
    ...scorerPrograms(shape.config, moves),
    ...(moves ? { sync: syncProgram(shape.config) } : {}),
    reward: raceRewardProgram(formulas),
    train: raceProgram(shape, formulas, ties),
  };
}

function largest(shapes: readonly OfflineShape[]): OfflineShape {
  const [first] = shapes as readonly [OfflineShape];
  const most = (key: 'pairs' | 'length'): number => Math.max(...shapes.map((shape) => shape[key]));
  return { ...first, pairs: most('pairs'), length: most('length') };
}

/** What a run of one arm feeds for all arms: which one it is, and nothing for the others' numbers and columns. */
function feedsBesides(formulas: readonly CheckedFormula[], own: number): Feeds {
  const feeds = formulas.flatMap(({ vocabulary }, arm): [string, number[]][] => [
    [`arm.${arm}`, [arm === own ? 1 : 0]],
    ...(arm === own
      ? []
      : vocabulary.parameters.map((name): [string, number[]] => [`parameter.${arm}.${name}`, [0]])),
  ]);
  return Object.fromEntries(feeds);
}

/** A lane that knows its numbers by the names that its run has for them. */
function named(lane: Lane, arm: number): Lane {
  const rename = (feeds: Feeds): Feeds =>
    Object.fromEntries(
      Object.entries(feeds).map(([name, values]) => [
        name.startsWith('parameter.') ? name.replace('parameter.', `parameter.${arm}.`) : name,
        values,
      ]),
    );
  return Object.assign(Object.create(lane) as Lane, {
    run: (program: string, feeds: readonly Feeds[]) => lane.run(program, feeds.map(rename)),
  });
}

/**
 * The jobs of a race, seed by seed with `arms` runs a seed, in blocks that an arena of `limit` bytes has room for: whole
 * seeds where one fits, and blocks of like size.
 */
export function blocksOf<J extends { recipe: CheckedRecipe }>(
  jobs: readonly J[],
  arms: number,
  config: LmConfig,
  limit: number,
): J[][] {
  const recipes = jobs.map(({ recipe }) => recipe);
  const most = lanesThatFit(recipes, config, Math.min(MOST_BYTES, SHARE * limit));
  const unit = most >= arms ? arms : 1;
  const units = Math.ceil(jobs.length / unit);
  const blocks = Math.ceil(units / Math.max(1, Math.floor(most / unit)));
  const size = unit * Math.ceil(units / blocks);
  return Array.from({ length: Math.ceil(jobs.length / size) }, (_, i) =>
    jobs.slice(i * size, (i + 1) * size),
  );
}

/** At least one: what does not fit even alone is for the device to refuse, in words. */
function lanesThatFit(recipes: readonly CheckedRecipe[], config: LmConfig, bytes: number): number {
  const { recipe, world } = recipes[0] as CheckedRecipe;
  const { labels, loop } = recipe;
  // "both bad" may give two pairs
  const pairs = capacity(labels.count + 2 * labels.recorded.length);
  const shape = { config, pairs, batch: loop.batch, length: world.context };
  const { formulas } = formulasOf(recipes);
  const ties = formulas.map(({ shapes }) => shapes.get('loss')?.length === 1);
  const programs = programsOf(shape, formulas, loop.sync_ref_model, ties);
  const bytesOf = (lanes: number): number => {
    const all = Object.entries(programs).map(([name, graph]) => [name, replicate(graph, lanes)]);
    return 4 * planArena(Object.fromEntries(all) as Record<string, Graph>).words;
  };
  const [one, two] = [bytesOf(1), bytesOf(2)];
  return Math.max(1, 1 + Math.floor((bytes - one) / (two - one)));
}
