/** Reward models behind the worker's port: one at a time, which is measured on the way and, more closely, when it rests. */
import { errorToData, StateError } from '../base/errors.ts';
import type { Label } from '../labelers/labeler.ts';
import type { RewardRow } from '../metrics/reward.ts';
import type { BaseSource } from '../runs/base.ts';
import { baseOf } from '../runs/base.ts';
import type { RewardObserver } from '../runs/reward/observe.ts';
import { observeReward } from '../runs/reward/observe.ts';
import type { RewardRun } from '../runs/reward/run.ts';
import { openRewardRun } from '../runs/reward/run.ts';
import type { CheckedRecipe } from '../recipes/check.ts';
import { checkRecipe, recheckRecipe, sureOf } from '../recipes/check.ts';
import { worldsIn } from '../worlds/index.ts';
import type { TrainerHost } from './open-session.ts';
import { createPort, type Opened } from './port.ts';
import type {
  RewardApi,
  RewardEvent,
  RewardOpened,
  RewardOpenRequest,
  RewardPhase,
} from './reward-protocol.ts';
import { createSlices, nextLook, type Slices, type Trained } from './slices.ts';

interface Open extends Opened {
  run: RewardRun;
  observer: RewardObserver;
}

type Body = RewardEvent extends infer E ? (E extends RewardEvent ? Omit<E, 'runId'> : never) : never;

export function createRewardTrainer(host: TrainerHost): RewardApi {
  const port = createPort<Open, RewardEvent>('this reward model is not open any more; start again.');
  const { inTurn, ask, command } = port;

  const make = async (request: RewardOpenRequest): Promise<{ opened: Open; answer: RewardOpened }> => {
    const recipe = sureOf(checkRecipe(request.recipe, await worldsIn(request.recipe), 'reward'));
    const kept = keptLabels(recipe, request.kept);
    const load: BaseSource['load'] = (world, size) => host.loadBase(request.site, world, size);
    const base = await baseOf(recipe, { load });
    const device = await host.openDevice('wasm');
    try {
      const run = await openRewardRun(recipe, device, base.config, base.parameters);
      const observer = await observeReward(run, request.prompt, kept);
      const evaluation = await observer.evaluate();
      const { runId } = request;
      const tell = (body: Body): void => port.emit({ runId, ...body });
      const slices = createSlices(
        trainedReward(run, observer, tell, () => slices),
        host,
        inTurn,
      );
      const opened = { runId, run, observer, slices, close: () => device.dispose() };
      return { opened, answer: { pairs: run.pairs, unused: run.unused, obstacle: run.obstacle, evaluation } };
    } catch (error) {
      device.dispose();
      throw error;
    }
  };

  const go = ({ run, slices }: Open, until?: number): null => {
    if (run.obstacle !== null) throw new StateError(run.obstacle);
    slices.train(until);
    return null;
  };

  return {
    subscribe: port.subscribe,
    open: (request) => port.open(request.runId, () => make(request)),
    train: (runId) => ask(runId, (one) => go(one)),
    step: (runId) => ask(runId, (one) => go(one, one.run.step + 1)),
    pause: (runId) =>
      ask(runId, ({ slices }) => {
        void inTurn(() => slices.pause()); // measuring takes longer than an answer may
        return null;
      }),
    follow: (runId, prompt) => command(runId, ({ observer }) => observer.follow(prompt)),
    exported: (runId) =>
      command(runId, async ({ run }) => ({ config: run.config, block: await run.parameters() })),
  };
}

function trainedReward(
  run: RewardRun,
  observer: RewardObserver,
  tell: (body: Body) => void,
  slices: () => Slices,
): Trained {
  const { steps, evaluate_every: every } = run.recipe.loop;
  let rows: RewardRow[] = [];
  const progress = (phase: RewardPhase): void => {
    tell({ kind: 'progress', phase, step: run.step, rows, stepsPerSecond: slices().stepsPerSecond });
    rows = [];
  };
  const evaluate = async (): Promise<void> =>
    tell({ kind: 'evaluation', evaluation: await observer.evaluate() });
  return {
    get step() {
      return run.step;
    },
    steps,
    stops: () => Promise.resolve([nextLook(run.step, every)]),
    advance: async (count) => {
      rows = await run.advance(count);
    },
    look: async () => {
      progress('running');
      if (run.step % every === 0) await evaluate();
    },
    measure: async () => {
      progress('measuring');
      if (run.step % every !== 0) await evaluate();
      tell({ kind: 'audit', audit: await observer.audit() });
    },
    tell: progress,
    failed: (error) => tell({ kind: 'failed', error: errorToData(error) }),
  };
}

/** The labels, checked as the recipe's own are. */
function keptLabels(checked: CheckedRecipe, kept: readonly unknown[]): Label[] {
  const { recipe } = checked;
  const labels = { ...recipe.labels, recorded: kept };
  return sureOf(recheckRecipe(checked, { ...recipe, labels })).recipe.labels.recorded;
}
