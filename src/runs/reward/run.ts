/**
 * Runs a recipe whose objective needs a reward head: trains a reward model on its labels. As the runner of policies, it knows
 * no clock and no page, and on WASM gives the same bits whatever the slices.
 */
import { digest } from '../../base/digest.ts';
import { NotFiniteError, StateError } from '../../base/errors.ts';
import type { Device, Outputs, Values } from '../../engine/backend.ts';
import { batchPairs, batchRows } from '../../training/offline.ts';
import { ADAM_STATES, adamwNumbers, learningRate } from '../../training/optimiser.ts';
import { lastTokens, rewardTrainProgram } from '../../training/reward.ts';
import type { Sequence } from '../../training/sequences.ts';
import type { RewardRow } from '../../metrics/reward.ts';
import { rewardMetrics } from '../../metrics/reward.ts';
import type { LmConfig } from '../../models/lm/config.ts';
import { initialReward, REWARD_MODEL } from '../../models/lm/head.ts';
import { POLICY } from '../../models/lm/programs.ts';
import type { World } from '../../worlds/world.ts';
import { worldNamed } from '../../worlds/index.ts';
import { undecidedMeanings } from '../../recipes/objective.ts';
import type { LearnedPairs, UnusedLabels } from '../pairs.ts';
import { preferencePairs } from '../pairs.ts';
import { checkedFormula } from '../place.ts';
import { rewardShape, writeRewardData } from './data.ts';
import { createRewardReader, readerPrograms } from './reader.ts';
import { parameterFeeds } from '../rewards.ts';
import type { Recipe } from '../../recipes/schema.ts';
import type { Scorer } from '../../training/scorer.ts';
import { createScorer, scorerPrograms } from '../../training/scorer.ts';

/** What training changes is kept on this side at least every so many steps. */
const MIRROR_EVERY = 20;

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
  /** Of the policy that it is held against, asked for as `policy`; the scorer's other models are not loaded. */
  readonly scorer: Pick<Scorer, 'logps' | 'sample'>;
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
  recipe: Recipe,
  device: Device,
  config: LmConfig,
  trunk: Float32Array,
  policy: Float32Array = trunk,
): Promise<RewardRun> {
  const world = worldNamed(recipe.world);
  const formula = checkedFormula(recipe);
  const learned = learnedPairs(recipe, world);
  const { pairs } = learned;
  const shape = rewardShape(pairs, config, recipe.loop.batch);
  const { score, generate } = scorerPrograms(config);
  await device.load({
    train: rewardTrainProgram(shape, formula),
    ...readerPrograms(config),
    score: score as NonNullable<typeof score>,
    generate: generate as NonNullable<typeof generate>,
  });
  device.write(POLICY, policy);
  const rows = writeRewardData(device, pairs, shape, formula);
  const readsPairs = shape.ties === true || [...formula.needs].includes('columns');
  const first = initialReward(config, trunk);
  const zeros = new Float32Array(first.length);
  type Mirror = { step: number; states: [string, Values][] };
  let mirror: Mirror = {
    step: 0,
    states: [[REWARD_MODEL, first], ...ADAM_STATES.map((name): [string, Values] => [name, zeros])],
  };
  let step = 0;

  const restore = (to: Mirror): void => {
    for (const [name, values] of to.states) device.write(name, values);
    step = to.step;
  };
  const keep = async (): Promise<void> => {
    const states = await Promise.all(
      mirror.states.map(async ([name]): Promise<[string, Values]> => [name, await device.read(name)]),
    );
    if (states[0]?.[1].every(Number.isFinite) === true) mirror = { step, states };
  };
  const parameters = async (): Promise<Float32Array> => Float32Array.from(await device.read(REWARD_MODEL));

  const feedsOf = (k: number, picked: readonly number[]) => ({
    rows: batchRows(picked),
    last: lastTokens(rows, batchRows(picked)),
    ...(readsPairs ? { pairs: picked } : {}),
    hyper: adamwNumbers(recipe.optimiser, k),
    max_grad_norm: [recipe.optimiser.max_grad_norm],
    ...parameterFeeds(recipe),
  });

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

  restore(mirror);
  const obstacle = pairs.length === 0 ? 'There is no decided pair to learn from. Label a pair first.' : null;
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
    scorer: createScorer(device, config),
    advance: async (count) => {
      if (obstacle !== null) throw new StateError(obstacle);
      const steps = Array.from({ length: count }, (_, i) => step + 1 + i);
      const picks = steps.map((k) => batchPairs(recipe.seed, pairs.length, recipe.loop.batch, k));
      const outputs = await device.run(
        'train',
        steps.map((k, i) => feedsOf(k, picks[i] as number[])),
      );
      const made = outputs.map((output, i) => rowOf(output, steps[i] as number, picks[i] as number[]));
      const bad = made.find((row) => !Number.isFinite(row.loss) || !Number.isFinite(row.grad_norm));
      if (bad !== undefined) {
        restore(mirror);
        const what = Number.isFinite(bad.loss) ? 'the gradient' : 'the loss';
        throw new NotFiniteError(bad.step, what, likelyCause(bad, recipe));
      }
      const before = step;
      step += count;
      if (Math.floor(step / MIRROR_EVERY) > Math.floor(before / MIRROR_EVERY)) await keep();
      return made;
    },
    rewards: createRewardReader(device, config),
    parameters,
    digest: async () => digest(new Uint8Array((await parameters()).buffer)),
  };
}

/** As for policies, but a response to avoid has no head of its own: "both bad" is left out where it would be two of them. */
function learnedPairs({ labels, objective, seed }: Recipe, world: World): LearnedPairs {
  const { tie, bothBad } = undecidedMeanings(objective);
  return preferencePairs(labels, world, seed, {
    tie,
    bothBad: bothBad === 'two-rejected' ? 'excluded' : bothBad,
  });
}

/** Finite rewards tell that the parameters are sound, so that only the formula can be at fault. */
function likelyCause({ min_reward, max_reward }: RewardRow, { optimiser }: Recipe): string {
  return Number.isFinite(min_reward) && Number.isFinite(max_reward)
    ? 'the formula has no finite value or slope on this batch. Change the formula, or lower the learning rate.'
    : `a learning rate of ${optimiser.lr} is too large for this objective. Lower it, then start again.`;
}
