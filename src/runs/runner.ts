/**
 * Runs a recipe on a device: the one place where training happens, in a worker and in Node alike. Knows no clock and no
 * page. Given the same recipe, base and backend, the same rows come out whatever the slices; on WASM bit for bit.
 */
import { StateError } from '../base/errors.ts';
import type { Device } from '../engine/backend.ts';
import { REWARD_MEAN } from '../formulas/check.ts';
import type { StepMetrics } from '../metrics/metrics.ts';
import type { LmConfig } from '../models/lm/config.ts';
import { POLICY, REFERENCE } from '../models/lm/programs.ts';
import type { CheckedRecipe } from '../recipes/check.ts';
import type { Recipe } from '../recipes/schema.ts';
import { sameShape } from '../recipes/shape.ts';
import { NEEDS_TWO } from '../training/mismatched.ts';
import { batchPairs, batchRows } from '../training/offline.ts';
import { ADAMW } from '../training/optimiser.ts';
import { stepsToSync, syncFeeds } from '../training/reference-sync.ts';
import { REWARD_MEAN_STATE } from '../training/running-mean.ts';
import type { Snapshot } from '../training/updates.ts';
import { likelyCause, readStates, updatesOf } from '../training/updates.ts';
import type { World } from '../worlds/world.ts';
import type { GivenReference } from './given-reference.ts';
import { referenceOf } from './given-reference.ts';
import type { DeviceLayout, LaidOut, ProgramLoader } from './layout.ts';
import { ALONE, layOut, withMovedReference } from './layout.ts';
import type { PolicyAccess } from './online/online.ts';
import type { Round } from './online/round.ts';
import { openRounds, ROUND_STATES } from './online/online.ts';
import type { LearnedPairs, UnusedLabels } from './pairs.ts';
import { NO_PAIRS } from './pairs.ts';
import type { HashChain, Receipt } from './receipt.ts';
import { emptyChain, receiptOf, recorded } from './receipt.ts';
import { parameterFeeds } from './rewards.ts';
import type { Scorer } from './scorer.ts';
import type { LogRatios } from './step-rows.ts';
import { logRatios, toMetrics } from './step-rows.ts';
import type { Story } from './story.ts';
import { changedAt, storyOf } from './story.ts';
import type { RoundView, TasteView } from './views.ts';

/** All that is needed to go on with the same bits. The reference is among the states once it has moved. */
export interface RunSnapshot extends Snapshot {
  /** Of the rows up to that step. */
  chain: HashChain;
}

export interface RunOptions {
  loader?: ProgramLoader;
  /** Where a run that was kept goes on; its recipe is then the one that the story ends under. */
  from?: Whereabouts | undefined;
  /** The model from outside that is here; only a recipe that names it is measured by it. */
  reference?: GivenReference | undefined;
}

/** Where a run that was kept goes on. */
export interface Whereabouts {
  story: Story;
  snapshot: RunSnapshot;
}

export interface Run {
  readonly recipe: Recipe;
  /** The same, as it was checked: what changes start from. */
  readonly checked: CheckedRecipe;
  /** The recipe that it started from, and all that it went on under. */
  readonly story: Story;
  readonly world: World;
  readonly config: LmConfig;
  readonly scorer: Scorer;
  readonly device: Device;
  /** Updates made so far. */
  readonly step: number;
  /** Whether its rounds have come to their end, so that no update is made however many are asked for. */
  readonly ended: boolean;
  /** What the policy wrote in the newest round, and what was made of it; null where there are no rounds, or none was made here yet. */
  readonly round: RoundView | null;
  /** Writes anew for `round` where a run that was brought back has rounds behind it; changes nothing else. */
  look(): Promise<void>;
  /** What the labels say of a taste, where rounds go by it. */
  readonly taste: TasteView | null;
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
   * Makes `count` updates, or as many as there are until its rounds end, and returns their rows. A loss or gradient that is not finite throws NotFiniteError after the
   * last good parameters have been put back.
   */
  advance(count: number): Promise<StepMetrics[]>;
  /** Log-ratios to the reference of the pairs of the newest step; null before the first. */
  readonly ratios: LogRatios | null;
  /** Other numbers, labels or another objective from the next step on; a recipe of the same shape (see `sameShape`). */
  setRecipe(recipe: CheckedRecipe): Promise<void>;
  /** Back to the base parameters and step 0. */
  reset(): Promise<void>;
  /** The newest mirror: where the run goes on after its device is lost. */
  readonly mirror: RunSnapshot;
  snapshot(): Promise<RunSnapshot>;
  /** What another run of the story is held against; null before the first step. */
  receipt(): Promise<Receipt | null>;
  restore(snapshot: RunSnapshot): Promise<void>;
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
  first: CheckedRecipe,
  device: Device,
  config: LmConfig,
  base: Float32Array,
  { loader = ALONE, from, reference: here }: RunOptions = {},
): Promise<Run> {
  let checked = first;
  const given = referenceOf(first.recipe, here);
  const of: LaidOut = { config, base, loader, given };
  let story = from?.story ?? storyOf(first.recipe);
  let chain = emptyChain();
  let step = 0;
  let ratios: LogRatios | null = null;
  /** The pairs of the step that was prepared last. */
  let picked: readonly number[] = [];
  const zeros = new Float32Array(base.length);
  const fresh = (): RunSnapshot => ({
    step: 0,
    states: { [POLICY]: base, ...Object.fromEntries(ADAMW.states.map((name) => [name, zeros])) },
    chain: emptyChain(),
  });

  const rounds = first.recipe.loop.kind === 'online' ? openRounds(first) : null;
  /** The pairs of the newest round. */
  let written: LearnedPairs | null = rounds && NONE_WRITTEN;
  let layout = await layOut(of, device, checked, base, null, written);
  /** Counts how often the layout's reference became another. */
  let referenceVersion = 0;
  /** Where the run may go next. */
  let prepared: DeviceLayout | null = null;

  const layIs = (next: DeviceLayout): void => {
    if (next.reference !== layout.reference) referenceVersion++;
    layout = next;
  };

  const recordsRewards = (): boolean => checked.formula.reads.has(REWARD_MEAN);

  /** Puts back what training changes, on a device; a record that the snapshot lacks begins anew. */
  const restoreOn = async (to: DeviceLayout, snapshot: RunSnapshot): Promise<void> => {
    const { [REFERENCE]: then = base, [REWARD_MEAN_STATE]: record = NO_REWARDS, ...others } = snapshot.states;
    rounds?.restore(others);
    written = rounds && writtenIn(rounds.round);
    const next = await layOut(of, to.device, checked, then, to, written);
    for (const [name, values] of Object.entries(others))
      if (!ROUND_STATES.includes(name)) next.device.write(name, values);
    if (recordsRewards()) next.device.write(REWARD_MEAN_STATE, record);
    layIs(next);
    step = snapshot.step;
    chain = snapshot.chain;
    updates.mirrorIs(snapshot);
    ratios = null;
  };
  const restore = (snapshot: RunSnapshot): Promise<void> => restoreOn(layout, snapshot);

  const snapshot = async (): Promise<RunSnapshot> => {
    const at = { step, chain };
    const { device: on, reference } = layout;
    const names = [POLICY, ...ADAMW.states, ...(recordsRewards() ? [REWARD_MEAN_STATE] : [])];
    const states = { ...(await readStates(on, names)), ...rounds?.states() };
    return { ...at, states: reference === base ? states : { ...states, [REFERENCE]: reference } };
  };

  /** The reference takes its share of the policy. */
  const sync = async (): Promise<void> => {
    const { device: on } = layout;
    await on.run('sync', [syncFeeds(checked.recipe.loop)]);
    layIs(await withMovedReference(layout, await on.read(REFERENCE)));
  };

  /** The running mean of one formula's rewards says nothing of another's. */
  const forgetRewards = (): void => {
    if (recordsRewards()) layout.device.write(REWARD_MEAN_STATE, NO_REWARDS);
    const { mirror } = updates;
    const others = Object.entries(mirror.states).filter(([name]) => name !== REWARD_MEAN_STATE);
    updates.mirrorIs({ ...mirror, states: Object.fromEntries(others) });
  };

  const policyHere = (): PolicyAccess => {
    const { scorer, device: on } = layout;
    return { scorer, read: () => on.read(POLICY), write: (parameters) => on.write(POLICY, parameters) };
  };

  /** The policy writes, and what it learns from is what it wrote. */
  const beginRound = async (): Promise<void> => {
    if (rounds === null) return;
    written = writtenIn(await rounds.begin(policyHere(), step));
    layout = await layOut(of, layout.device, checked, layout.reference, layout, written);
  };

  const obstacle = (): string | null => {
    if (rounds) return rounds.obstacle;
    const { pairs } = layout.learned;
    if (pairs.length === 0) return NO_PAIRS;
    return pairs.length < 2 && checked.formula.needs.has('mismatched') ? NEEDS_TWO : null;
  };

  const updates = updatesOf<StepMetrics, RunSnapshot>(
    {
      get step() {
        return step;
      },
      parameters: POLICY,
      run: (feeds) => layout.device.run('train', feeds),
      prepare: (k) => {
        const { recipe } = checked;
        const { pairs } = layout.learned;
        const own = (picked = batchPairs(recipe.seed, pairs.length, recipe.loop.batch, k));
        return {
          feeds: {
            rows: batchRows(own),
            pairs: own,
            ...ADAMW.feeds(recipe.optimiser, k),
            ...parameterFeeds(recipe),
          },
          row: (output) => toMetrics(output, k, recipe, pairs, own),
        };
      },
      cause: (row, output) => {
        const sound = ['logp_w', 'logp_l'].every((name) => output[name]?.every(Number.isFinite) === true);
        return likelyCause(row, sound, checked.recipe.optimiser, 'press Reset');
      },
      made: (rows, last) => {
        ratios = logRatios(last, picked, layout.learned.pairs, layout.data);
        chain = recorded(chain, rows, layout.device.info.backend);
        step += rows.length;
      },
      snapshot,
      restore,
    },
    from?.snapshot ?? fresh(),
    loader.mirrored,
  );

  await restore(updates.mirror);

  return {
    get recipe() {
      return checked.recipe;
    },
    get checked() {
      return checked;
    },
    get story() {
      return story;
    },
    world: first.world,
    config,
    get scorer() {
      return layout.scorer;
    },
    get device() {
      return layout.device;
    },
    get step() {
      return step;
    },
    get ended() {
      return (rounds?.end ?? null) !== null;
    },
    get round() {
      return rounds?.view ?? null;
    },
    look: async () => {
      await rounds?.look(policyHere(), step);
    },
    get taste() {
      return rounds?.taste ?? null;
    },
    get pairs() {
      return layout.learned.pairs.length;
    },
    get unused() {
      return layout.learned.unused;
    },
    get obstacle() {
      return obstacle();
    },
    get referenceVersion() {
      return referenceVersion;
    },
    get referenceApart() {
      return layout.loaded.wanted.moves || given !== null;
    },
    get tokensPerStep() {
      const { pairs } = layout.learned;
      const tokens = pairs.reduce((sum, { chosen, rejected }) => sum + chosen.length + rejected.length, 0);
      return pairs.length === 0 ? 0 : (checked.recipe.loop.batch * tokens) / pairs.length;
    },
    get mirror() {
      return updates.mirror;
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
        if (rounds && rounds.round === null) await beginRound();
        if (rounds?.end) break;
        const { loop } = checked.recipe;
        const still = stepsToSync(loop, step);
        const round =
          loop.kind === 'online' ? loop.steps_per_round - (step % loop.steps_per_round) : Infinity;
        const segment = Math.min(count - rows.length, still, round);
        rows.push(...(await updates.advance(segment)));
        if (segment === still) await sync();
        if (segment === round) await beginRound();
      }
      await updates.keepWhenDue(before);
      return rows;
    },
    setRecipe: async (next) => {
      if (!sameShape(checked.recipe, next.recipe))
        throw new StateError('this change needs a new run; open one.');
      // what a change breaks can then be put back as it was just before
      if (step > updates.mirror.step) await updates.keep();
      const reworded = checked.formula !== next.formula;
      layout = await layOut(of, layout.device, next, layout.reference, layout, written);
      checked = next;
      rounds?.recipeIs(next);
      story = changedAt(story, step, next.recipe);
      if (reworded) forgetRewards();
    },
    reset: async () => {
      await restore(fresh());
      story = storyOf(checked.recipe);
    },
    snapshot,
    receipt: async () => receiptOf(chain, Float32Array.from(await layout.device.read(POLICY))),
    restore,
    prepare: async (next) => {
      if (prepared?.device === next) {
        prepared = await layOut(of, next, checked, layout.reference, prepared, written);
        return;
      }
      prepared = await layOut(of, next, checked, layout.reference, layout, written);
    },
    moveTo: async (next, from) => {
      const ready = prepared?.device === next ? prepared : layout;
      const to = await layOut(of, next, checked, layout.reference, ready, written);
      if (from === 'here') await updates.keep();
      await restoreOn(to, updates.mirror);
      prepared = null;
    },
  };
}

const NONE_WRITTEN: LearnedPairs = { pairs: [], unused: { ties: 0, bothBad: 0 } };

const writtenIn = (round: Round | null): LearnedPairs =>
  round === null ? NONE_WRITTEN : { ...NONE_WRITTEN, pairs: [...round.pairs] };

/** What the running mean of rewards starts from: mean and count. */
const NO_REWARDS = new Float32Array(2);
