/**
 * Runs a recipe on a device: the one place where training happens, in a worker and in Node alike. Knows no clock and no
 * page. Given the same recipe, base and backend, the same rows come out whatever the slices; on WASM bit for bit.
 */
import { NotFiniteError, StateError } from '../base/errors.ts';
import type { Device, Feeds, Outputs, Values } from '../engine/backend.ts';
import { REWARD_MEAN } from '../formulas/check.ts';
import { NEEDS_TWO } from '../training/mismatched.ts';
import { batchPairs, batchRows } from '../training/offline.ts';
import { ADAM_STATES, adamwNumbers } from '../training/optimiser.ts';
import { stepsToSync, syncFeeds } from '../training/reference-sync.ts';
import { REWARD_MEAN_STATE } from '../training/running-mean.ts';
import type { StepMetrics } from '../metrics/metrics.ts';
import type { LmConfig } from '../models/lm/config.ts';
import { POLICY, REFERENCE } from '../models/lm/programs.ts';
import type { World } from '../worlds/world.ts';
import { worldNamed } from '../worlds/index.ts';
import type { GivenReference } from './given-reference.ts';
import { referenceOf } from './given-reference.ts';
import { writeReference } from './pair-data.ts';
import type { UnusedLabels } from './pairs.ts';
import type { Berth, Place } from './place.ts';
import { ALONE, checkedFormula, layouts, otherPairs, sameData, sameFormula } from './place.ts';
import type { Ledger, Receipt } from './receipt.ts';
import { emptyLedger, receiptOf, recorded } from './receipt.ts';
import { parameterFeeds } from './rewards.ts';
import type { Recipe } from '../recipes/schema.ts';
import type { Scorer } from '../training/scorer.ts';
import { sameShape } from '../recipes/shape.ts';
import type { LogRatios } from './step-rows.ts';
import { likelyCause, logRatios, toMetrics } from './step-rows.ts';
import type { Story } from './story.ts';
import { changedAt, lastRecipe, storyOf } from './story.ts';

/** A mirror of everything that training changes is kept on this side at least every so many steps. */
const MIRROR_EVERY = 20;

/** All that is needed to go on with the same bits. The reference is among the states once it has moved. */
export interface Snapshot {
  step: number;
  states: Record<string, Values>;
  /** Of the rows up to that step. */
  ledger: Ledger;
}

export interface RunOptions {
  berth?: Berth;
  /** Where a run that was kept goes on: under the recipe that its story ends under, whatever the first one given. */
  from?: Whereabouts | undefined;
  /** The model from outside that is here; only a recipe that names it is measured by it. */
  reference?: GivenReference | undefined;
}

/** Where a run that was kept goes on. */
export interface Whereabouts {
  story: Story;
  snapshot: Snapshot;
}

export interface Run {
  readonly recipe: Recipe;
  /** The recipe that it started from, and all that it went on under. */
  readonly story: Story;
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
  /** Whether the reference is another model than the start: one that moves, or one from outside. */
  readonly referenceApart: boolean;
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
  /** What another run of the story is held against; null before the first step. */
  receipt(): Promise<Receipt | null>;
  restore(snapshot: Snapshot): Promise<void>;
  /** Lays the run out on another device, programs compiled and data written, while it goes on where it is. */
  prepare(device: Device): Promise<void>;
  /**
   * Moves the run to another device: as it is now, or, where its own device answers no more, at its newest mirror. What
   * `prepare` made there is used while it still fits. If the other device fails, the run stays where it was.
   */
  moveTo(device: Device, from: 'here' | 'mirror'): Promise<void>;
}

/**
 * `base`: the flat parameter block [P] that the policy starts from, and the reference where the recipe names no other.
 * Throws InvalidInputError where the recipe's reference is not here.
 */
export async function openRun(
  first: Recipe,
  device: Device,
  config: LmConfig,
  base: Float32Array,
  { berth = ALONE, from, reference: here }: RunOptions = {},
): Promise<Run> {
  const world = worldNamed(first.world);
  let recipe = from ? lastRecipe(from.story) : first;
  const given = referenceOf(recipe, here);
  let story = from?.story ?? storyOf(first);
  let ledger = emptyLedger();
  let step = 0;
  let ratios: LogRatios | null = null;
  const zeros = new Float32Array(base.length);
  const fresh = (): Snapshot => ({
    step: 0,
    states: { [POLICY]: base, ...Object.fromEntries(ADAM_STATES.map((name) => [name, zeros])) },
    ledger: emptyLedger(),
  });
  let mirror = from?.snapshot ?? fresh();

  /** Parameters that the loss is measured against: `base` itself until they have moved. */
  let reference: Values = base;
  let referenceVersion = 0;

  const { learnedFrom, layOut, layOutLabels, layOutFormula, settled } = layouts(
    config,
    world,
    base,
    berth,
    given,
  );
  let place = await layOut(device, recipe, reference);
  /** Where the run may go next. */
  let prepared: Place | null = null;

  const referTo = (values: Values): void => {
    if (values !== reference) referenceVersion++;
    reference = values;
  };

  const recordsRewards = (): boolean => checkedFormula(recipe).reads.has(REWARD_MEAN);

  /** Puts back what training changes, at a place; a record that the snapshot lacks begins anew. */
  const restoreAt = async (to: Place, snapshot: Snapshot): Promise<void> => {
    const { [REFERENCE]: then = base, [REWARD_MEAN_STATE]: record = NO_REWARDS, ...others } = snapshot.states;
    const next = await settled(to, recipe, then);
    for (const [name, values] of Object.entries(others)) next.device.write(name, values);
    if (recordsRewards()) next.device.write(REWARD_MEAN_STATE, record);
    place = next;
    referTo(then);
    step = snapshot.step;
    ledger = snapshot.ledger;
    mirror = snapshot;
    ratios = null;
  };
  const restore = (snapshot: Snapshot): Promise<void> => restoreAt(place, snapshot);

  const snapshot = async (): Promise<Snapshot> => {
    const at = step;
    const upTo = ledger;
    const then = reference;
    const names = [POLICY, ...ADAM_STATES, ...(recordsRewards() ? [REWARD_MEAN_STATE] : [])];
    const values = await Promise.all(names.map((name) => place.device.read(name)));
    const states = Object.fromEntries(names.map((name, i) => [name, values[i] as Values]));
    return {
      step: at,
      states: then === base ? states : { ...states, [REFERENCE]: then },
      ledger: upTo,
    };
  };

  /** The reference takes its share of the policy. */
  const sync = async (): Promise<void> => {
    const { device: on, scorer, data } = place;
    await on.run('sync', [syncFeeds(recipe.loop)]);
    const values = await on.read(REFERENCE);
    place = { ...place, reference: values, data: await writeReference(on, scorer, data) };
    referTo(values);
  };

  /** The running mean of one formula's rewards says nothing of another's. */
  const forgetRewards = (): void => {
    if (recordsRewards()) place.device.write(REWARD_MEAN_STATE, NO_REWARDS);
    const others = Object.entries(mirror.states).filter(([name]) => name !== REWARD_MEAN_STATE);
    mirror = { ...mirror, states: Object.fromEntries(others) };
  };

  const obstacle = (): string | null => {
    const { pairs } = place.learned;
    if (pairs.length === 0) return 'There is no decided pair to learn from. Label a pair first.';
    return pairs.length < 2 && checkedFormula(recipe).needs.has('mismatched') ? NEEDS_TWO : null;
  };

  /** Takes the mirror anew, unless a number in it is not finite. */
  const keep = async (): Promise<void> => {
    const taken = await snapshot();
    if (taken.states[POLICY]?.every(Number.isFinite) === true) mirror = taken;
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
    const { device: on, data } = place;
    const { pairs } = place.learned;
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
      if (berth.mirrored) await restore(mirror);
      throw new NotFiniteError(
        bad.step,
        Number.isFinite(bad.loss) ? 'the gradient' : 'the loss',
        likelyCause(bad, outputs[rows.indexOf(bad)] as Outputs, recipe),
      );
    }
    ratios = logRatios(outputs.at(-1), picks.at(-1) as number[], pairs, data);
    ledger = recorded(ledger, rows, on.info.backend);
    step += count;
    return rows;
  };

  await restore(mirror);

  return {
    get recipe() {
      return recipe;
    },
    get story() {
      return story;
    },
    world,
    config,
    get scorer() {
      return place.scorer;
    },
    get device() {
      return place.device;
    },
    get step() {
      return step;
    },
    get pairs() {
      return place.learned.pairs.length;
    },
    get unused() {
      return place.learned.unused;
    },
    get obstacle() {
      return obstacle();
    },
    get referenceVersion() {
      return referenceVersion;
    },
    get referenceApart() {
      return place.moves || given !== null;
    },
    get tokensPerStep() {
      const { pairs } = place.learned;
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
      const before = step;
      const rows: StepMetrics[] = [];
      while (rows.length < count) {
        const still = stepsToSync(recipe.loop, step);
        const segment = Math.min(count - rows.length, still);
        rows.push(...(await advanceSegment(segment)));
        if (segment === still) await sync();
      }
      if (Math.floor(step / MIRROR_EVERY) > Math.floor(before / MIRROR_EVERY) && berth.mirrored) await keep();
      return rows;
    },
    setRecipe: async (next) => {
      if (!sameShape(recipe, next)) throw new StateError('this change needs a new run; open one.');
      // what a change breaks can then be put back as it was just before
      if (step > mirror.step) await keep();
      const reworded = !sameFormula(place.recipe, next);
      const relabelled = JSON.stringify(place.recipe.labels) !== JSON.stringify(next.labels);
      if (relabelled || (reworded && otherPairs(place.learned, learnedFrom(next)))) {
        place = await layOutLabels(place, next);
      } else if (reworded) place = await layOutFormula(place, next);
      else place = await settled(place, next, reference);
      recipe = next;
      story = changedAt(story, step, next);
      if (reworded) forgetRewards();
    },
    reset: async () => {
      await restore(fresh());
      story = storyOf(recipe);
    },
    snapshot,
    receipt: async () => receiptOf(ledger, Float32Array.from(await place.device.read(POLICY))),
    restore,
    prepare: async (next) => {
      if (prepared?.device === next && sameData(prepared.recipe, recipe)) return;
      prepared = await layOut(next, recipe, reference);
    },
    moveTo: async (next, from) => {
      const fits = prepared?.device === next && sameData(prepared.recipe, recipe);
      const to = fits ? (prepared as Place) : await layOut(next, recipe, reference);
      if (from === 'here') await keep();
      await restoreAt(to, mirror);
      prepared = null;
    },
  };
}

/** What the running mean of rewards starts from: mean and count. */
const NO_REWARDS = new Float32Array(2);
