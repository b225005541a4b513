/**
 * A race behind the worker's port: its runs side by side on WebGPU, block by block. Where there is no WebGPU to be had it
 * trains nothing: its answer to `open` names the backend that there is.
 */
import { errorToData, StateError } from '../base/errors.ts';
import type { Device } from '../engine/backend.ts';
import { parameterCount } from '../models/lm/config.ts';
import type { Base } from '../runs/base.ts';
import { baseOf } from '../runs/base.ts';
import type { Block, LaneNews } from '../runs/race/block.ts';
import { blocksOf, openBlock } from '../runs/race/block.ts';
import type { CheckedRecipe } from '../recipes/check.ts';
import { checkRecipe, sureOf } from '../recipes/check.ts';
import { worldsIn } from '../worlds/index.ts';
import { openBackend } from './backends.ts';
import type { EventBody, TrainerHost } from './open-session.ts';
import { createPort, type Opened } from './port.ts';
import type { BackendReport, OpenRequest, RaceApi, TrainerEvent } from './protocol.ts';
import { createSlices, type SliceClock, type Slices, type Trained } from './slices.ts';

/** Rows wait this long for each other: many runs would make many messages. */
const REPORT_MS = 200;

/** A run of the race, by its place in the request. */
interface Job {
  lane: number;
  recipe: CheckedRecipe;
  base: Base;
}

interface Race extends Opened {
  device: Device;
}

export function createRaceTrainer(host: TrainerHost): RaceApi {
  const port = createPort<Race, TrainerEvent>('this race is not open any more; open it again.');
  const { inTurn, ask } = port;

  return {
    subscribe: port.subscribe,
    open: (request) =>
      port.open(request.runId, async () => {
        const { device, jobs, report } = await prepare(request, host);
        if (report.backend !== 'webgpu') {
          device.dispose();
          return { opened: null, answer: report };
        }
        const { runId, prompt } = request;
        const blocks = blocksFor(jobs, device);
        const tell = (lane: number | null, event: EventBody): void =>
          port.emit({ runId, ...(lane !== null && { lane }), ...event });
        const race = trainedRace(blocks, device, prompt, host, tell, () => slices);
        const slices = createSlices(race, host, inTurn);
        const close = (): void => device.dispose();
        return { opened: { runId, device, slices, close }, answer: report };
      }),
    train: (runId) =>
      ask(runId, ({ slices }) => {
        if (slices.phase === 'ready' || slices.phase === 'paused') slices.train();
        return null;
      }),
    pause: (runId) =>
      ask(runId, ({ slices }) => {
        void inTurn(() => slices.pause());
        return null;
      }),
    loseDevice: (runId) =>
      ask(runId, ({ device }) => {
        if (device.lose === undefined) throw new StateError('This backend has no device that could be lost.');
        device.lose();
        return null;
      }),
    close: port.close,
  };
}

/** The runs, and the device that there is for them. */
async function prepare(
  request: OpenRequest,
  host: TrainerHost,
): Promise<{ jobs: Job[]; device: Device; report: BackendReport }> {
  const asked = request.recipe as unknown[];
  const worlds = await worldsIn(asked[0]);
  const recipes = asked.map((recipe) => sureOf(checkRecipe(recipe, worlds)));
  const loaded = new Map<string, Promise<Base>>();
  const load = (name: string, size: string): Promise<Base> => {
    const known = loaded.get(size) ?? host.loadBase(request.site, name, size);
    loaded.set(size, known);
    return known;
  };
  const bases = await Promise.all(recipes.map((recipe) => baseOf(recipe, { load })));
  const jobs = recipes.map((recipe, lane) => ({ lane, recipe, base: bases[lane] as Base }));
  const { device: first, next, whyNot } = await openBackend(request.backend, host);
  if (next) first.dispose(); // a race has nothing to do meanwhile
  const device = next ?? first;
  const { backend, description } = device.info;
  const parameters = parameterCount((bases[0] as Base).config);
  const { arenaBytes } = device;
  return { jobs, device, report: { backend, description, compiling: null, whyNot, arenaBytes, parameters } };
}

function blocksFor(jobs: readonly Job[], device: Device): Job[][] {
  const { recipe, base } = jobs[0] as Job;
  const arms = jobs.filter((job) => job.recipe.recipe.seed === recipe.recipe.seed).length;
  return blocksOf(jobs, arms, base.config, device.info.largestArena);
}

/** Block after block, each to its end. Of its phases nothing is told: each run tells its own. */
function trainedRace(
  blocks: readonly Job[][],
  device: Device,
  prompt: string,
  clock: SliceClock,
  tell: (lane: number | null, event: EventBody) => void,
  slices: () => Slices,
): Trained {
  const perBlock = blocks[0]?.[0]?.recipe.recipe.loop.steps ?? 0;
  let begun = 0;
  let current: { block: Block; told: Reporter } | null = null;
  let news: LaneNews[] = [];

  const openNext = async (): Promise<void> => {
    const jobs = blocks[begun] as Job[];
    news = [];
    slices().paceAnew();
    const told = reporter(clock, jobs, tell);
    const [recipes, bases] = [jobs.map(({ recipe }) => recipe), jobs.map(({ base }) => base)];
    const block = await openBlock(recipes, bases, device, prompt);
    begun++;
    told(block, block.first);
    current = { block, told };
  };

  const isThrough = ({ step, steps, runs }: Block): boolean => step >= steps || runs.length === 0;

  return {
    get step() {
      if (!current || isThrough(current.block)) return begun * perBlock;
      return (begun - 1) * perBlock + current.block.step;
    },
    get steps() {
      return blocks.length * perBlock;
    },
    stops: async () => {
      if (!current) await openNext();
      return [begun * perBlock];
    },
    advance: async (count) => {
      news = (await current?.block.advance(count)) ?? [];
    },
    look: async () => {
      if (!current) return;
      const { block, told } = current;
      told(block, news);
      if (isThrough(block)) current = null;
    },
    tell: () => undefined,
    failed: (error) => tell(null, { kind: 'failed', error: errorToData(error) }),
  };
}

type Reporter = (block: Block, news: readonly LaneNews[]) => void;

/** Tells the news of each run; rows wait until there is something to see, or a while. */
function reporter(
  clock: SliceClock,
  jobs: readonly Job[],
  emit: (lane: number, event: EventBody) => void,
): Reporter {
  const rows = new Map<number, LaneNews['rows']>();
  let last = clock.now();
  return ({ step, steps }, news) => {
    for (const one of news) rows.set(one.lane, [...(rows.get(one.lane) ?? []), ...one.rows]);
    const due = clock.now() - last >= REPORT_MS || news.some(({ seen, error }) => seen || error !== null);
    if (!due) return;
    last = clock.now();
    for (const { lane: place, seen, error, pairs, unused } of news) {
      const { lane } = jobs[place] as Job;
      const waited = rows.get(place) ?? [];
      rows.delete(place);
      if (waited.length > 0) emit(lane, { kind: 'metrics', rows: waited, pairs: null });
      if (seen) {
        const { samples, ...evaluation } = seen;
        emit(lane, { kind: 'evaluation', ...evaluation });
        emit(lane, { kind: 'samples', samples });
      }
      if (error !== null) emit(lane, { kind: 'failed', error: errorToData(error) });
      else {
        const phase = step >= steps ? 'finished' : 'running';
        const speed = { stepsPerSecond: null, tokensPerSecond: null };
        emit(lane, { kind: 'progress', progress: { phase, step, steps, ...speed, pairs, unused } });
      }
    }
  };
}
