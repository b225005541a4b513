/** A reward run behind the worker's port: trains in slices between which messages are heard, and measures when it stops. */
import { errorToData, StateError } from '../base/errors.ts';
import type { Label } from '../labelers/labeler.ts';
import type { RewardRow } from '../metrics/reward.ts';
import { baseOf } from '../runs/base.ts';
import type { RewardObserver } from '../runs/reward/observe.ts';
import { observeReward } from '../runs/reward/observe.ts';
import type { RewardRun } from '../runs/reward/run.ts';
import { openRewardRun } from '../runs/reward/run.ts';
import type { Recipe } from '../recipes/schema.ts';
import { checkRecipe } from '../recipes/schema.ts';
import { worldNamed } from '../worlds/index.ts';
import type { TrainerSurroundings } from './open-session.ts';
import { checked } from './open-session.ts';
import { createPace } from './pace.ts';
import type { Reply } from './protocol.ts';
import type {
  RewardApi,
  RewardEvent,
  RewardOpened,
  RewardOpenRequest,
  RewardPhase,
} from './reward-protocol.ts';
import { createTurns, reply } from './reply.ts';
import { refuseAnotherBuild } from './same-build.ts';

interface Open {
  runId: string;
  run: RewardRun;
  observer: RewardObserver;
  phase: RewardPhase;
}

type Body = RewardEvent extends infer E ? (E extends RewardEvent ? Omit<E, 'runId'> : never) : never;

export function createRewardTrainer(around: Omit<TrainerSurroundings, 'openKeeper'>): RewardApi {
  let listener: (event: RewardEvent) => void = () => undefined;
  let open: Open | null = null;
  /** Whatever touches the device takes its turn: measuring and following share the states of sampling. */
  const inTurn = createTurns();
  const withRun = <T>(runId: string, work: (one: Open) => Promise<T> | T): Promise<Reply<T>> =>
    reply(() => {
      if (open?.runId !== runId) throw new StateError('this reward model is not open any more; start again.');
      return work(open);
    });

  const tell = (one: Open, body: Body): void => {
    if (open === one) listener({ runId: one.runId, ...body });
  };

  const start = async (request: RewardOpenRequest): Promise<RewardOpened> => {
    const before = open;
    open = null;
    await inTurn(() => Promise.resolve(before?.run.device.dispose()));
    const recipe = checked(checkRecipe(request.recipe, 'reward'));
    const kept = keptLabels(recipe, request.kept);
    const base = await baseOf(recipe, worldNamed(recipe.world), (world, size) =>
      around.loadBase(request.site, world, size),
    );
    const device = await around.openDevice('wasm');
    try {
      const run = await openRewardRun(recipe, device, base.config, base.parameters);
      const observer = await observeReward(run, request.prompt, kept);
      const evaluation = await observer.evaluate();
      open = { runId: request.runId, run, observer, phase: 'ready' };
      return { pairs: run.pairs, unused: run.unused, obstacle: run.obstacle, evaluation };
    } catch (error) {
      device.dispose();
      throw error;
    }
  };

  /** To step `last`, or until the phase is another. */
  const advance = async (one: Open, last: number): Promise<void> => {
    const { run, observer } = one;
    const every = run.recipe.loop.evaluate_every;
    const pace = createPace();
    one.phase = 'running';
    const live = (): boolean => open === one;
    const progress = (rows: RewardRow[]): void =>
      tell(one, {
        kind: 'progress',
        phase: one.phase,
        step: run.step,
        rows,
        stepsPerSecond: pace.stepsPerSecond(),
      });
    const evaluate = async (): Promise<void> =>
      tell(one, { kind: 'evaluation', evaluation: await inTurn(() => observer.evaluate()) });
    try {
      progress([]);
      while (live() && one.phase === 'running' && run.step < last) {
        const count = Math.min(pace.nextSlice(), last - run.step, every - (run.step % every));
        const began = around.now();
        const rows = await inTurn(() => run.advance(count));
        pace.record(count, around.now() - began);
        progress(rows);
        if (live() && run.step % every === 0) await evaluate();
        await around.pause();
      }
      if (!live()) return;
      const end: RewardPhase = run.step >= run.recipe.loop.steps ? 'finished' : 'paused';
      one.phase = 'measuring';
      progress([]);
      if (run.step % every !== 0) await evaluate();
      const audit = await inTurn(() => observer.audit());
      tell(one, { kind: 'audit', audit });
      one.phase = end;
      progress([]);
    } catch (error) {
      if (!live()) return;
      one.phase = 'failed';
      tell(one, { kind: 'failed', error: errorToData(error) });
    }
  };

  const go = (one: Open, steps: number): null => {
    if (one.run.obstacle !== null) throw new StateError(one.run.obstacle);
    const last = Math.min(one.run.recipe.loop.steps, one.run.step + steps);
    const busy = one.phase === 'running' || one.phase === 'measuring';
    if (!busy && last > one.run.step) void advance(one, last);
    return null;
  };

  return {
    subscribe: (next, build) => {
      refuseAnotherBuild(build);
      listener = next;
    },
    open: (request) => reply(() => start(request)),
    train: (runId) => withRun(runId, (one) => go(one, Infinity)),
    step: (runId) => withRun(runId, (one) => go(one, 1)),
    pause: (runId) =>
      withRun(runId, (one) => {
        if (one.phase === 'running') one.phase = 'paused';
        return null;
      }),
    follow: (runId, prompt) => withRun(runId, ({ observer }) => inTurn(() => observer.follow(prompt))),
    exported: (runId) =>
      withRun(runId, ({ run }) =>
        inTurn(async () => ({ config: run.config, block: await run.parameters() })),
      ),
  };
}

/** The labels, checked as the recipe's own are. */
function keptLabels(recipe: Recipe, kept: readonly unknown[]): Label[] {
  const labels = { ...recipe.labels, recorded: kept };
  return checked(checkRecipe({ ...recipe, labels }, 'reward')).labels.recorded;
}
