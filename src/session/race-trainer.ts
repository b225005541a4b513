/**
 * A race behind the worker's port: its runs side by side on WebGPU, block by block, in slices between which messages are
 * heard. Where there is no WebGPU to be had it trains nothing: its answer to `open` names the backend that there is.
 */
import { errorToData, StateError } from '../base/errors.ts';
import type { Device } from '../engine/backend.ts';
import { parameterCount } from '../models/lm/config.ts';
import type { Base } from '../runs/base.ts';
import { baseOf } from '../runs/base.ts';
import type { Block, LaneNews } from '../runs/race/block.ts';
import { blocksOf, openBlock } from '../runs/race/block.ts';
import type { Recipe } from '../recipes/schema.ts';
import { checkRecipe } from '../recipes/schema.ts';
import { worldNamed } from '../worlds/index.ts';
import { openBackend } from './backends.ts';
import { createPace } from './pace.ts';
import type { BackendReport, OpenRequest, Phase, RaceApi, Reply, TrainerEvent } from './protocol.ts';
import { reply } from './reply.ts';
import { refuseAnotherBuild } from './same-build.ts';
import type { EventBody, TrainerSurroundings } from './open-session.ts';
import { checked } from './open-session.ts';

/** Rows wait this long for each other: many runs would make many messages. */
const REPORT_MS = 200;

/** A run of the race, by its place in the request. */
interface Job {
  lane: number;
  recipe: Recipe;
  base: Base;
}

interface Race {
  runId: string;
  device: Device;
  prompt: string;
  blocks: Job[][];
  phase: Phase;
  /** Wakes the loop after a pause. */
  goOn: () => void;
}

export function createRaceTrainer(around: Omit<TrainerSurroundings, 'openKeeper'>): RaceApi {
  let listener: (event: TrainerEvent) => void = () => undefined;
  let race: Race | null = null;

  const command = (runId: string, work: (open: Race) => void): Promise<Reply<null>> =>
    reply(() => {
      if (race?.runId !== runId) throw new StateError('this race is not open any more; open it again.');
      work(race);
      return null;
    });

  const close = (): void => {
    race?.device.dispose();
    race?.goOn();
    race = null;
  };

  const open = async (request: OpenRequest): Promise<BackendReport> => {
    close();
    const recipes = (request.recipe as unknown[]).map((recipe) => checked(checkRecipe(recipe)));
    const { world, seed } = recipes[0] as Recipe;
    const loaded = new Map<string, Promise<Base>>();
    const load = (name: string, size: string): Promise<Base> => {
      const known = loaded.get(size) ?? around.loadBase(request.site, name, size);
      loaded.set(size, known);
      return known;
    };
    const bases = await Promise.all(recipes.map((recipe) => baseOf(recipe, worldNamed(world), load)));
    const jobs = recipes.map((recipe, lane) => ({ lane, recipe, base: bases[lane] as Base }));
    const { device: first, next, whyNot } = await openBackend(request.backend, around);
    if (next) first.dispose(); // a race has nothing to do meanwhile
    const device = next ?? first;
    const { config } = bases[0] as Base;
    const report = {
      backend: device.info.backend,
      description: device.info.description,
      compiling: null,
      whyNot,
      arenaBytes: device.arenaBytes,
      parameters: parameterCount(config),
    };
    if (report.backend !== 'webgpu') {
      device.dispose();
      return report;
    }
    const arms = recipes.filter((recipe) => recipe.seed === seed).length;
    const blocks = blocksOf(jobs, arms, config, device.info.largestArena);
    race = {
      runId: request.runId,
      device,
      prompt: request.prompt,
      blocks,
      phase: 'ready',
      goOn: () => undefined,
    };
    return report;
  };

  /** All blocks to their ends; ends early when the race is closed or its device is lost. */
  const run = async (open: Race): Promise<void> => {
    try {
      for (const jobs of open.blocks) await runBlock(open, jobs);
      if (race === open) open.phase = 'finished';
    } catch (error) {
      if (race !== open) return;
      open.phase = 'failed';
      listener({ runId: open.runId, kind: 'failed', error: errorToData(error) });
    }
  };

  const runBlock = async (open: Race, jobs: readonly Job[]): Promise<void> => {
    const pace = createPace();
    const told = reporter(around, jobs, (lane, event) => listener({ runId: open.runId, lane, ...event }));
    const block = await openBlock(
      jobs.map(({ recipe }) => recipe),
      jobs.map(({ base }) => base),
      open.device,
      open.prompt,
    );
    told(block, block.first);
    while (race === open && block.step < block.steps && block.runs.length > 0) {
      if (open.phase === 'paused') await new Promise<void>((resolve) => (open.goOn = resolve));
      if (race !== open) return;
      const [before, start] = [block.step, around.now()];
      const news = await block.advance(pace.nextSlice());
      pace.record(block.step - before, around.now() - start);
      told(block, news);
      await around.pause();
    }
  };

  return {
    subscribe: (next, build) => {
      refuseAnotherBuild(build);
      listener = next;
    },
    open: (request) => reply(() => open(request)),
    train: (runId) =>
      command(runId, (open) => {
        const { phase } = open;
        if (phase !== 'ready' && phase !== 'paused') return;
        open.phase = 'running';
        if (phase === 'ready') void run(open);
        else open.goOn();
      }),
    pause: (runId) =>
      command(runId, (open) => {
        if (open.phase === 'running') open.phase = 'paused';
      }),
    loseDevice: (runId) =>
      command(runId, ({ device }) => {
        if (device.lose === undefined) throw new StateError('This backend has no device that could be lost.');
        device.lose();
      }),
    close: async () => close(),
  };
}

/** Tells the news of each run; rows wait until there is something to see, or a while. */
function reporter(
  around: Omit<TrainerSurroundings, 'openKeeper'>,
  jobs: readonly Job[],
  emit: (lane: number, event: EventBody) => void,
): (block: Block, news: readonly LaneNews[]) => void {
  const rows = new Map<number, LaneNews['rows']>();
  let last = around.now();
  return ({ step, steps }, news) => {
    for (const one of news) rows.set(one.lane, [...(rows.get(one.lane) ?? []), ...one.rows]);
    const due = around.now() - last >= REPORT_MS || news.some(({ seen, error }) => seen || error !== null);
    if (!due) return;
    last = around.now();
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
