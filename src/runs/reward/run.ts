/**
 * Runs a recipe whose objective needs a reward head: trains a reward model on its labels. As the runner of policies, it knows
 * no clock and no page, and on WASM gives the same bits whatever the slices.
 */
import { digest } from '../../base/digest.ts';
import { StateError } from '../../base/errors.ts';
import type { Device, Outputs, Values } from '../../engine/backend.ts';
import type { RewardRow } from '../../metrics/reward.ts';
import { rewardMetrics } from '../../metrics/reward.ts';
import type { LmConfig } from '../../models/lm/config.ts';
import { initialReward, REWARD_MODEL } from '../../models/lm/head.ts';
import { POLICY } from '../../models/lm/programs.ts';
import type { UndecidedMeanings } from '../../objectives/objective.ts';
import type { CheckedRecipe } from '../../recipes/check.ts';
import type { Recipe } from '../../recipes/schema.ts';
import { batchPairs, batchRows } from '../../training/offline.ts';
import { ADAMW, learningRate } from '../../training/optimiser.ts';
import type { Reader } from '../../training/reader.ts';
import { createReader, readerPrograms } from '../../training/reader.ts';
import { lastTokens, rewardTrainProgram } from '../../training/reward.ts';
import type { Sequence } from '../../training/sequences.ts';
import type { Snapshot } from '../../training/updates.ts';
import { likelyCause, readStates, updatesOf } from '../../training/updates.ts';
import type { World } from '../../worlds/world.ts';
import type { UnusedLabels } from '../pairs.ts';
import { NO_PAIRS, preferencePairs } from '../pairs.ts';
import { parameterFeeds } from '../rewards.ts';
import { shapeFor } from '../shape.ts';
import { writeRewardData } from './data.ts';
import { createRewardReader, rewardReaderPrograms } from './reader.ts';

export interface RewardRun {
  readonly recipe: Recipe;
  readonly world: World;
  readonly config: LmConfig;
  readonly device: Device;
  /** Updates made so far. */
  readonly step: number;
  /** Pairs that it learns from, and labels of which it makes nothing. */
  readonly pairs: number;
  readonly unused: UnusedLabels;
  /** Why no update can be made, as a sentence with a cure; null where one can. */
  readonly obstacle: string | null;
  /** Of the policy that it is held against, the state POLICY. */
  readonly reader: Pick<Reader, 'logps' | 'sample'>;
  /** Makes `count` updates. What is not finite throws NotFiniteError after the last good parameters have been put back. */
  advance(count: number): Promise<RewardRow[]>;
  /** Rewards of any responses. */
  rewards(sequences: readonly Sequence[]): Promise<number[]>;
  /** The flat block of trunk and head (see initialReward). */
  parameters(): Promise<Float32Array>;
  digest(): Promise<string>;
}

/** `trunk`: the flat block [P] that the reward model starts from; `policy`: the one that it is held against. */
export async function openRewardRun(
  { recipe, world, formula, undecided }: CheckedRecipe,
  device: Device,
  config: LmConfig,
  trunk: Float32Array,
  policy: Float32Array = trunk,
): Promise<RewardRun> {
  const learned = preferencePairs(recipe.labels, world, recipe.seed, forRewards(undecided));
  const { pairs } = learned;
  const shape = shapeFor(pairs, config, recipe.loop.batch, 'whole');
  await device.load({
    train: rewardTrainProgram(shape, formula),
    ...rewardReaderPrograms(config),
    ...readerPrograms(config, { score: [POLICY], generate: [POLICY] }),
  });
  device.write(POLICY, policy);
  const rows = writeRewardData(device, pairs, shape, formula);
  const readsPairs = shape.ties === true || [...formula.needs].includes('columns');
  const first = initialReward(config, trunk);
  const zeros = new Float32Array(first.length);
  const names = [REWARD_MODEL, ...ADAMW.states];
  let step = 0;

  const restore = (to: Snapshot): void => {
    for (const [name, values] of Object.entries(to.states)) device.write(name, values);
    step = to.step;
    updates.mirrorIs(to);
  };
  const snapshot = async (): Promise<Snapshot> => {
    const at = step;
    return { step: at, states: await readStates(device, names) };
  };
  const parameters = async (): Promise<Float32Array> => Float32Array.from(await device.read(REWARD_MODEL));

  const rowOf = (output: Outputs, k: number, picked: readonly number[]): RewardRow => ({
    step: k,
    epoch: (k * recipe.loop.batch) / pairs.length,
    learning_rate: learningRate(recipe.optimiser, k),
    loss: output['loss']?.[0] as number,
    grad_norm: output['grad_norm']?.[0] as number,
    ...rewardMetrics(
      output['head_w'] as Values,
      output['head_l'] as Values,
      picked.map((p) => pairs[p]?.sides === 'both'),
    ),
  });

  const updates = updatesOf<RewardRow, Snapshot>(
    {
      get step() {
        return step;
      },
      parameters: REWARD_MODEL,
      run: (feeds) => device.run('train', feeds),
      prepare: (k) => {
        const picked = batchPairs(recipe.seed, pairs.length, recipe.loop.batch, k);
        return {
          feeds: {
            rows: batchRows(picked),
            last: lastTokens(rows, batchRows(picked)),
            ...(readsPairs ? { pairs: picked } : {}),
            ...ADAMW.feeds(recipe.optimiser, k),
            ...parameterFeeds(recipe),
          },
          row: (output) => rowOf(output, k, picked),
        };
      },
      cause: (row) => {
        const sound = Number.isFinite(row.min_reward) && Number.isFinite(row.max_reward);
        return likelyCause(row, sound, recipe.optimiser, 'start again');
      },
      made: (made) => (step += made.length),
      snapshot,
      restore,
    },
    { step: 0, states: Object.fromEntries(names.map((name, i) => [name, i === 0 ? first : zeros])) },
  );

  restore(updates.mirror);
  const obstacle = pairs.length === 0 ? NO_PAIRS : null;
  return {
    recipe,
    world,
    config,
    device,
    get step() {
      return step;
    },
    pairs: pairs.length,
    unused: learned.unused,
    obstacle,
    reader: createReader(device, config),
    advance: async (count) => {
      if (obstacle !== null) throw new StateError(obstacle);
      const before = step;
      const made = await updates.advance(count);
      await updates.keepWhenDue(before);
      return made;
    },
    rewards: createRewardReader(device, config),
    parameters,
    digest: async () => digest(new Uint8Array((await parameters()).buffer)),
  };
}

/** As for policies, but a response to avoid has no head of its own: "both bad" is left out where it would be two of them. */
const forRewards = ({ tie, bothBad }: UndecidedMeanings): UndecidedMeanings => ({
  tie,
  bothBad: bothBad === 'two-rejected' ? 'excluded' : bothBad,
});
