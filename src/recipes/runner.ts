/**
 * Runs a recipe on a device: the one place where training happens, in a worker and in Node alike. Knows no clock and no
 * page. Given the same recipe, base and backend, the same rows come out whatever the slices; on WASM bit for bit.
 */
import { NotFiniteError, StateError } from '../base/errors.ts';
import type { Device, Feeds, Outputs, Values } from '../engine/backend.ts';
import type { CheckedFormula } from '../formulas/check.ts';
import { REWARD_MEAN } from '../formulas/check.ts';
import { NEEDS_TWO } from '../loops/mismatched.ts';
import type { OfflineShape } from '../loops/offline.ts';
import { batchPairs, batchRows, offlineProgram } from '../loops/offline.ts';
import { ADAM_STATES, adamwNumbers, learningRate } from '../loops/optimiser.ts';
import { stepsToSync, syncFeeds, syncProgram } from '../loops/reference-sync.ts';
import { REWARD_MEAN_STATE } from '../loops/running-mean.ts';
import type { StepMetrics } from '../metrics/metrics.ts';
import { pairMetrics } from '../metrics/metrics.ts';
import type { LmConfig } from '../models/lm/config.ts';
import { POLICY, REFERENCE, START } from '../models/lm/programs.ts';
import type { World } from '../worlds/world.ts';
import { worldNamed } from '../worlds/index.ts';
import { undecidedMeanings } from './objective.ts';
import type { PairData } from './pair-data.ts';
import { shapeFor, writeColumns, writeData, writeReference } from './pair-data.ts';
import type { LearnedPairs, PreferencePair, UnusedLabels } from './pairs.ts';
import { preferencePairs } from './pairs.ts';
import { parameterFeeds, rewardProgram } from './rewards.ts';
import type { Recipe } from './schema.ts';
import { formulaOf } from './schema.ts';
import type { Scorer } from './scorer.ts';
import { createScorer, scorerPrograms } from './scorer.ts';
import { sameShape } from './shape.ts';

/** A mirror of everything that training changes is kept on this side at least every so many steps. */
const MIRROR_EVERY = 20;

/** All that is needed to go on with the same bits. The reference is among the states once it has moved. */
export interface Snapshot {
  step: number;
  states: Record<string, Values>;
}

/** One number a decided pair, for each of its responses: log-prob under the policy less that under the reference. */
export interface LogRatios {
  chosen: number[];
  rejected: number[];
}

export interface Run {
  readonly recipe: Recipe;
  readonly world: World;
  readonly config: LmConfig;
  readonly scorer: Scorer;
  readonly device: Device;
  /** Updates made so far. */
  readonly step: number;
  /** Pairs that the objective learns from. */
  readonly pairs: number;
  /** Labels that the objective has no use for. */
  readonly unused: UnusedLabels;
  /** Why no update can be made now, as a sentence with a cure; null where one can. */
  readonly obstacle: string | null;
  /** Changes whenever the reference does: log-probs under it that were taken before are of another model. */
  readonly referenceVersion: number;
  /** Whether the reference has parameters of its own, and not those of the start any more. */
  readonly referenceMoves: boolean;
  /** Response tokens that one update reads, on average. */
  readonly tokensPerStep: number;
  /**
   * Makes `count` updates and returns their rows. A loss or gradient that is not finite throws NotFiniteError after the
   * last good parameters have been put back.
   */
  advance(count: number): Promise<StepMetrics[]>;
  /** Log-ratios to the reference of the pairs of the newest step; null before the first. */
  readonly ratios: LogRatios | null;
  /** Other numbers, labels or another objective from the next step on; a recipe of the same shape (see `sameShape`). */
  setRecipe(recipe: Recipe): Promise<void>;
  /** Back to the base parameters and step 0. */
  reset(): Promise<void>;
  /** The newest mirror: where the run goes on after its device is lost. */
  readonly mirror: Snapshot;
  snapshot(): Promise<Snapshot>;
  restore(snapshot: Snapshot): Promise<void>;
  /** Moves the run to another device, at its newest mirror. */
  moveTo(device: Device): Promise<void>;
}

/** Whether two recipes run the same formula, with whatever numbers. */
function sameFormula({ objective: a }: Recipe, { objective: b }: Recipe): boolean {
  const text = ({ name, formula, own, options }: Recipe['objective']): string =>
    JSON.stringify([name, formula, Object.keys(own), options]);
  return text(a) === text(b);
}

/** `base`: the flat parameter block [P] that policy and reference start from. */
export async function openRun(
  first: Recipe,
  device: Device,
  config: LmConfig,
  base: Float32Array,
): Promise<Run> {
  const world = worldNamed(first.world);
  let recipe = first;
  let on = device;
  let step = 0;
  let learned: LearnedPairs = { pairs: [], unused: { ties: 0, bothBad: 0 } };
  let data: PairData | null = null;
  let ratios: LogRatios | null = null;
  /** Parameters of the reference, as the device has them; `base` itself until they have moved. */
  let reference: Values = base;
  let referenceVersion = 0;
  /** Whether the programs on the device keep the start apart from the reference. */
  let moves = false;
  const createScorerOn = (): Scorer => createScorer(on, config, () => moves);
  let scorer = createScorerOn();
  const zeros = new Float32Array(base.length);
  const fresh = (): Snapshot => ({
    step: 0,
    states: { [POLICY]: base, ...Object.fromEntries(ADAM_STATES.map((name) => [name, zeros])) },
  });
  let mirror = fresh();

  /** Lays out the device for the current labels; parameters stay. */
  const load = async (): Promise<void> => {
    learned = learnedPairs();
    const shape = shapeFor(learned.pairs, config, recipe.loop.batch);
    await loadPrograms(shape);
    const written = writeColumns(
      on,
      learned.pairs,
      checkedFormula(recipe),
      writeData(on, learned.pairs, shape),
    );
    data = await writeReference(on, scorer, written);
  };

  const learnedPairs = (): LearnedPairs =>
    preferencePairs(recipe.labels, world, recipe.seed, undecidedMeanings(recipe.objective));

  const loadPrograms = async (shape: OfflineShape): Promise<void> => {
    const formula = checkedFormula(recipe);
    moves = recipe.loop.sync_ref_model || reference !== base;
    await on.load({
      ...scorerPrograms(config, moves),
      reward: rewardProgram(formula),
      train: offlineProgram(shape, formula),
      ...(moves ? { sync: syncProgram(config) } : {}),
    });
    on.write(REFERENCE, reference);
    if (moves) on.write(START, base);
  };

  /** Another formula over the same data: the device keeps every state that it has. */
  const loadFormula = async (): Promise<void> => {
    if (data === null) return load();
    await loadPrograms(data.shape);
    data = writeColumns(on, learned.pairs, checkedFormula(recipe), data);
    if (data.mismatched !== null) data = await writeReference(on, scorer, data);
  };

  /** The running mean of one formula's rewards says nothing of another's. */
  const forgetRewards = (): void => {
    if (recordsRewards()) on.write(REWARD_MEAN_STATE, NO_REWARDS);
    const others = Object.entries(mirror.states).filter(([name]) => name !== REWARD_MEAN_STATE);
    mirror = { ...mirror, states: Object.fromEntries(others) };
  };

  const recordsRewards = (): boolean => checkedFormula(recipe).reads.has(REWARD_MEAN);

  /** Puts back what training changes; a record that the snapshot lacks begins anew. */
  const restore = async (snapshot: Snapshot): Promise<void> => {
    const { [REFERENCE]: then = base, [REWARD_MEAN_STATE]: record = NO_REWARDS, ...others } = snapshot.states;
    for (const [name, values] of Object.entries(others)) on.write(name, values);
    if (recordsRewards()) on.write(REWARD_MEAN_STATE, record);
    if (then !== reference) await useReference(then);
    step = snapshot.step;
    mirror = snapshot;
    ratios = null;
  };

  const useReference = async (values: Values): Promise<void> => {
    const apart = moves;
    reference = values;
    referenceVersion++;
    if (data === null) return;
    if (!apart && reference !== base) await loadPrograms(data.shape);
    on.write(REFERENCE, values);
    data = await writeReference(on, scorer, data);
  };

  /** The reference takes its share of the policy. */
  const sync = async (): Promise<void> => {
    await on.run('sync', [syncFeeds(recipe.loop)]);
    reference = await on.read(REFERENCE);
    referenceVersion++;
    if (data !== null) data = await writeReference(on, scorer, data);
  };

  const snapshot = async (): Promise<Snapshot> => {
    const at = step;
    const names = [POLICY, ...ADAM_STATES, ...(recordsRewards() ? [REWARD_MEAN_STATE] : [])];
    const values = await Promise.all(names.map((name) => on.read(name)));
    const states = Object.fromEntries(names.map((name, i) => [name, values[i] as Values]));
    return { step: at, states: reference === base ? states : { ...states, [REFERENCE]: reference } };
  };

  const obstacle = (): string | null => {
    if (learned.pairs.length === 0) return 'There is no decided pair to learn from. Label a pair first.';
    const needsTwo = checkedFormula(recipe).needs.has('mismatched');
    return needsTwo && learned.pairs.length < 2 ? NEEDS_TWO : null;
  };

  const feedsOf = (k: number, picked: readonly number[]): Feeds => ({
    rows: batchRows(picked),
    pairs: picked,
    hyper: adamwNumbers(recipe.optimiser, k),
    max_grad_norm: [recipe.optimiser.max_grad_norm],
    ...parameterFeeds(recipe),
  });

  /** Updates during which the reference stays. */
  const advanceSegment = async (count: number): Promise<StepMetrics[]> => {
    const { pairs } = learned;
    const steps = Array.from({ length: count }, (_, i) => step + 1 + i);
    const picks = steps.map((k) => batchPairs(recipe.seed, pairs.length, recipe.loop.batch, k));
    const outputs = await on.run(
      'train',
      steps.map((k, i) => feedsOf(k, picks[i] as number[])),
    );
    const rows = outputs.map((output, i) =>
      toMetrics(output, steps[i] as number, recipe, pairs, picks[i] as number[]),
    );
    const bad = rows.find((row) => !Number.isFinite(row.loss) || !Number.isFinite(row.grad_norm));
    if (bad !== undefined) {
      await restore(mirror);
      throw new NotFiniteError(
        bad.step,
        Number.isFinite(bad.loss) ? 'the gradient' : 'the loss',
        likelyCause(bad, recipe),
      );
    }
    ratios = logRatios(outputs.at(-1), picks.at(-1) as number[], pairs, data);
    step += count;
    return rows;
  };

  await load();
  await restore(mirror);

  return {
    get recipe() {
      return recipe;
    },
    world,
    config,
    get scorer() {
      return scorer;
    },
    get device() {
      return on;
    },
    get step() {
      return step;
    },
    get pairs() {
      return learned.pairs.length;
    },
    get unused() {
      return learned.unused;
    },
    get obstacle() {
      return obstacle();
    },
    get referenceVersion() {
      return referenceVersion;
    },
    get referenceMoves() {
      return moves;
    },
    get tokensPerStep() {
      const { pairs } = learned;
      const tokens = pairs.reduce((sum, { chosen, rejected }) => sum + chosen.length + rejected.length, 0);
      return pairs.length === 0 ? 0 : (recipe.loop.batch * tokens) / pairs.length;
    },
    get mirror() {
      return mirror;
    },
    get ratios() {
      return ratios;
    },
    advance: async (count) => {
      const why = obstacle();
      if (why !== null) throw new StateError(why);
      const from = step;
      const rows: StepMetrics[] = [];
      while (rows.length < count) {
        const still = stepsToSync(recipe.loop, step);
        const segment = Math.min(count - rows.length, still);
        rows.push(...(await advanceSegment(segment)));
        if (segment === still) await sync();
      }
      if (Math.floor(step / MIRROR_EVERY) > Math.floor(from / MIRROR_EVERY)) {
        const taken = await snapshot();
        if (taken.states[POLICY]?.every(Number.isFinite) === true) mirror = taken;
      }
      return rows;
    },
    setRecipe: async (next) => {
      if (!sameShape(recipe, next)) throw new StateError('this change needs a new run; open one.');
      const relabelled = JSON.stringify(next.labels) !== JSON.stringify(recipe.labels);
      const reworded = !sameFormula(recipe, next);
      recipe = next;
      if (relabelled || (reworded && otherPairs(learned, learnedPairs()))) await load();
      else if (reworded) await loadFormula();
      else if (data !== null && recipe.loop.sync_ref_model && !moves) await loadPrograms(data.shape);
      if (reworded) forgetRewards();
    },
    reset: () => restore(fresh()),
    snapshot,
    restore,
    moveTo: async (next) => {
      on = next;
      scorer = createScorerOn();
      const then = mirror.states[REFERENCE] ?? base;
      if (then !== reference) referenceVersion++;
      reference = then;
      await load();
      await restore(mirror);
    },
  };
}

/** What the running mean of rewards starts from: mean and count. */
const NO_REWARDS = new Float32Array(2);

/** Whether an objective makes other pairs of the same labels than the one before it. */
function otherPairs(before: LearnedPairs, now: LearnedPairs): boolean {
  const kinds = ({ pairs }: LearnedPairs): string => pairs.map(({ sides }) => sides).join();
  return kinds(before) !== kinds(now) || before.unused.ties !== now.unused.ties;
}

function checkedFormula(recipe: Recipe): CheckedFormula {
  const formula = formulaOf(recipe.objective);
  if (!formula.ok) throw new StateError('the recipe was not checked before it was run.');
  return formula.value;
}

function logRatios(
  output: Outputs | undefined,
  picked: readonly number[],
  pairs: readonly PreferencePair[],
  data: PairData | null,
): LogRatios {
  const decided = [...picked.keys()].filter((i) => pairs[picked[i] as number]?.sides === 'both');
  const of = (name: string, side: 0 | 1): number[] =>
    decided.map(
      (i) => (output?.[name]?.[i] ?? NaN) - (data?.reference[2 * (picked[i] as number) + side] ?? NaN),
    );
  return { chosen: of('logp_w', 0), rejected: of('logp_l', 1) };
}

function toMetrics(
  output: Outputs,
  step: number,
  recipe: Recipe,
  pairs: readonly PreferencePair[],
  picked: readonly number[],
): StepMetrics {
  const scalar = (name: string): number => output[name]?.[0] as number;
  return {
    step,
    epoch: (step * recipe.loop.batch) / pairs.length,
    learning_rate: learningRate(recipe.optimiser, step),
    loss: scalar('loss'),
    grad_norm: scalar('grad_norm'),
    ...pairMetrics(
      {
        rewardChosen: output['reward_w'] as Values,
        rewardRejected: output['reward_l'] as Values,
        logpChosen: output['logp_w'] as Values,
        logpRejected: output['logp_l'] as Values,
      },
      picked.map((p) => pairs[p]?.sides ?? 'both'),
    ),
  };
}

function likelyCause(row: StepMetrics, recipe: Recipe): string {
  if (row.step === 1) {
    return 'the formula has no finite value on the first batch: a logarithm or root of a negative number, or a division by 0. Change the formula.';
  }
  return `a learning rate of ${recipe.optimiser.lr} is too large for this objective. Lower it, or clip at less than ${recipe.optimiser.max_grad_norm}, then press Reset.`;
}
