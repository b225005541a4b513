/**
 * Runs a recipe on a device: the one place where training happens, in a worker and in Node alike. Knows no clock and no
 * page. Given the same recipe, base and backend, the same rows come out whatever the slices; on WASM bit for bit.
 */
import { NotFiniteError, StateError } from '../base/errors.ts';
import type { Device, Feeds, Values } from '../engine/backend.ts';
import type { CheckedFormula } from '../formulas/check.ts';
import type { OfflineShape } from '../loops/offline.ts';
import { batchPairs, batchRows, columnState, DATA, offlineProgram } from '../loops/offline.ts';
import { ADAM_STATES, adamwNumbers, learningRate } from '../loops/optimiser.ts';
import { PAIR_COLUMNS } from '../loops/pair-quantities.ts';
import type { SequenceRows } from '../loops/sequences.ts';
import { positions, rowSum, sequenceRows } from '../loops/sequences.ts';
import type { StepMetrics } from '../metrics/metrics.ts';
import { pairMetrics } from '../metrics/metrics.ts';
import type { LmConfig } from '../models/lm/config.ts';
import { POLICY, REFERENCE } from '../models/lm/programs.ts';
import type { World } from '../worlds/world.ts';
import { worldNamed } from '../worlds/index.ts';
import type { PreferencePair } from './pairs.ts';
import { preferencePairs } from './pairs.ts';
import { parameterFeeds, rewardProgram } from './rewards.ts';
import type { Recipe } from './schema.ts';
import { formulaOf } from './schema.ts';
import type { Scorer } from './scorer.ts';
import { createScorer, scorerPrograms } from './scorer.ts';
import { sameShape } from './shape.ts';

/** A mirror of everything that training changes is kept on this side at least every so many steps. */
const MIRROR_EVERY = 20;

/** All that is needed to go on with the same bits. */
export interface Snapshot {
  step: number;
  states: Record<string, Values>;
}

/** One number a pair, for each of its responses: log-prob under the policy less that under the reference. */
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
  restore(snapshot: Snapshot): void;
  /** Lays the run out on another device, programs compiled and data written, while it goes on where it is. */
  prepare(device: Device): Promise<void>;
  /**
   * Moves the run to another device: as it is now, or, where its own device answers no more, at its newest mirror. What
   * `prepare` made there is used while it still fits. If the other device fails, the run stays where it was.
   */
  moveTo(device: Device, from: 'here' | 'mirror'): Promise<void>;
}

/** Whether what lies on a device for one recipe serves the other. */
function sameData(a: Recipe, b: Recipe): boolean {
  return JSON.stringify(a.labels) === JSON.stringify(b.labels) && sameFormula(a, b);
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
  let step = 0;
  let ratios: LogRatios | null = null;
  const zeros = new Float32Array(base.length);
  const fresh = (): Snapshot => ({
    step: 0,
    states: { [POLICY]: base, ...Object.fromEntries(ADAM_STATES.map((name) => [name, zeros])) },
  });
  let mirror = fresh();

  const loadPrograms = (on: Device, shape: OfflineShape, formula: CheckedFormula): Promise<void> =>
    on.load({
      ...scorerPrograms(config),
      reward: rewardProgram(formula),
      train: offlineProgram(shape, formula),
    });

  /** Lays out a device for a recipe's labels and formula; parameters that it has stay. */
  const layOut = async (on: Device, laidOut: Recipe): Promise<Place> => {
    const formula = checkedFormula(laidOut);
    const pairs = preferencePairs(laidOut.labels, world, laidOut.seed);
    const length = rowLength(pairs, world.context);
    const shape = { config, pairs: capacity(pairs.length), batch: laidOut.loop.batch, length };
    const scorer = createScorer(on, config);
    await loadPrograms(on, shape, formula);
    on.write(REFERENCE, base);
    const data = await writeData(on, scorer, pairs, shape);
    writeColumns(on, pairs, formula, data);
    return { device: on, recipe: laidOut, scorer, pairs, data };
  };

  /** Another formula over the same data: the device keeps every state that it has. */
  const layOutFormula = async (old: Place, laidOut: Recipe): Promise<Place> => {
    const formula = checkedFormula(laidOut);
    await loadPrograms(old.device, old.data.shape, formula);
    writeColumns(old.device, old.pairs, formula, old.data);
    return { ...old, recipe: laidOut };
  };

  let place = await layOut(device, recipe);
  /** Where the run may go next. */
  let prepared: Place | null = null;

  const restore = (snapshot: Snapshot, on = place.device): void => {
    for (const [name, values] of Object.entries(snapshot.states)) on.write(name, values);
    step = snapshot.step;
    mirror = snapshot;
    ratios = null;
  };

  const snapshot = async (): Promise<Snapshot> => {
    const at = step;
    const names = [POLICY, ...ADAM_STATES];
    const values = await Promise.all(names.map((name) => place.device.read(name)));
    return { step: at, states: Object.fromEntries(names.map((name, i) => [name, values[i] as Values])) };
  };

  /** Takes the mirror anew, unless a number in it is not finite. */
  const keep = async (): Promise<void> => {
    const taken = await snapshot();
    if (taken.states[POLICY]?.every(Number.isFinite) === true) mirror = taken;
  };

  const feedsOf = (k: number): Feeds => {
    const picked = batchPairs(recipe.seed, place.pairs.length, recipe.loop.batch, k);
    return {
      rows: batchRows(picked),
      pairs: picked,
      hyper: adamwNumbers(recipe.optimiser, k),
      max_grad_norm: [recipe.optimiser.max_grad_norm],
      ...parameterFeeds(recipe),
    };
  };

  restore(mirror);

  return {
    get recipe() {
      return recipe;
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
      return place.pairs.length;
    },
    get tokensPerStep() {
      const { pairs } = place;
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
      const { device: on, pairs, data } = place;
      if (pairs.length === 0)
        throw new StateError('there is no decided pair to learn from; label one first.');
      const steps = Array.from({ length: count }, (_, i) => step + 1 + i);
      const outputs = await on.run('train', steps.map(feedsOf));
      const rows = outputs.map((output, i) => toMetrics(output, steps[i] as number, recipe, pairs.length));
      const bad = rows.find((row) => !Number.isFinite(row.loss) || !Number.isFinite(row.grad_norm));
      if (bad !== undefined) {
        const good = mirror;
        restore(good);
        throw new NotFiniteError(
          bad.step,
          Number.isFinite(bad.loss) ? 'the gradient' : 'the loss',
          likelyCause(bad, recipe),
        );
      }
      ratios = logRatios(
        outputs.at(-1),
        batchPairs(recipe.seed, pairs.length, recipe.loop.batch, step + count),
        data,
      );
      const crossed = Math.floor((step + count) / MIRROR_EVERY) > Math.floor(step / MIRROR_EVERY);
      step += count;
      if (crossed) await keep();
      return rows;
    },
    setRecipe: async (next) => {
      if (!sameShape(recipe, next)) throw new StateError('this change needs a new run; open one.');
      // what a change breaks can then be put back as it was just before
      if (step > mirror.step) await keep();
      if (JSON.stringify(place.recipe.labels) !== JSON.stringify(next.labels)) {
        place = await layOut(place.device, next);
      } else if (!sameFormula(place.recipe, next)) place = await layOutFormula(place, next);
      recipe = next;
    },
    reset: async () => restore(fresh()),
    snapshot,
    restore: (from) => restore(from),
    prepare: async (next) => {
      if (prepared?.device === next && sameData(prepared.recipe, recipe)) return;
      prepared = await layOut(next, recipe);
    },
    moveTo: async (next, from) => {
      const fits = prepared?.device === next && sameData(prepared.recipe, recipe);
      const to = fits ? (prepared as Place) : await layOut(next, recipe);
      if (from === 'here') await keep();
      restore(mirror, next);
      place = to;
      prepared = null;
    },
  };
}

function checkedFormula(recipe: Recipe): CheckedFormula {
  const formula = formulaOf(recipe.objective);
  if (!formula.ok) throw new StateError('the recipe was not checked before it was run.');
  return formula.value;
}

/** Room for that many pairs: the next power of two, so that a few more labels don't change the layout. */
function capacity(pairs: number): number {
  let room = 16;
  while (room < pairs) room *= 2;
  return room;
}

/** Predictions a row: the longest pair's, in steps of 8, so that short worlds don't pay for the whole context. */
function rowLength(pairs: readonly PreferencePair[], context: number): number {
  const longest = pairs.reduce(
    (most, { prompt, chosen, rejected }) =>
      Math.max(most, prompt.length + Math.max(chosen.length, rejected.length) - 1),
    8,
  );
  return Math.min(context, Math.ceil(longest / 8) * 8);
}

/** What lies on the device for the pairs, as far as another formula may ask for more of it. */
interface PairData {
  shape: OfflineShape;
  rows: SequenceRows;
  /** Log-prob under the reference of each response: rows 2p and 2p+1 belong to pair p. */
  reference: number[];
}

/** A device, and what lies on it. */
interface Place {
  device: Device;
  /** The recipe whose labels and formula lie there. */
  recipe: Recipe;
  scorer: Scorer;
  pairs: PreferencePair[];
  data: PairData;
}

async function writeData(
  device: Device,
  scorer: Scorer,
  pairs: readonly PreferencePair[],
  shape: OfflineShape,
): Promise<PairData> {
  const sequences = pairs.flatMap(({ prompt, chosen, rejected }) => [
    { prompt, response: chosen },
    { prompt, response: rejected },
  ]);
  const rows = sequenceRows(sequences, shape.length);
  const reference = await scorer.tokenLogps(sequences, 'reference', shape.length);
  device.write(DATA.tokens, padded(rows.tokens, shape));
  device.write(DATA.targets, padded(rows.targets, shape));
  device.write(DATA.mask, padded(rows.mask, shape));
  device.write(DATA.reference, padded(reference, shape));
  return { shape, rows, reference: sequences.map((_, i) => rowSum(rows, reference, i)) };
}

/** What of the data only some formulas read. */
function writeColumns(
  device: Device,
  pairs: readonly PreferencePair[],
  checked: CheckedFormula,
  { shape, rows }: PairData,
): void {
  if (['position_w[t]', 'position_l[t]'].some((name) => checked.reads.has(name))) {
    device.write(DATA.position, padded(positions(rows), shape));
  }
  for (const name of PAIR_COLUMNS.filter((column) => checked.reads.has(column))) {
    const column = new Float64Array(shape.pairs);
    column.set(pairs.map(({ columns }) => columns[name]));
    device.write(columnState(name), column);
  }
}

/** With zeros up to the room that there is. */
function padded(values: ArrayLike<number>, { pairs, length }: OfflineShape): Float64Array {
  const all = new Float64Array(2 * pairs * length);
  all.set(values);
  return all;
}

function logRatios(
  output: Readonly<Record<string, Values>> | undefined,
  picked: readonly number[],
  data: PairData,
): LogRatios {
  const of = (name: string, side: 0 | 1): number[] =>
    picked.map((p, i) => (output?.[name]?.[i] ?? NaN) - (data.reference[2 * p + side] ?? NaN));
  return { chosen: of('logp_w', 0), rejected: of('logp_l', 1) };
}

function toMetrics(
  output: Readonly<Record<string, Values>>,
  step: number,
  recipe: Recipe,
  pairs: number,
): StepMetrics {
  const scalar = (name: string): number => output[name]?.[0] as number;
  return {
    step,
    epoch: (step * recipe.loop.batch) / pairs,
    learning_rate: learningRate(recipe.optimiser, step),
    loss: scalar('loss'),
    grad_norm: scalar('grad_norm'),
    ...pairMetrics({
      rewardChosen: output['reward_w'] as Values,
      rewardRejected: output['reward_l'] as Values,
      logpChosen: output['logp_w'] as Values,
      logpRejected: output['logp_l'] as Values,
    }),
  };
}

/** Finite log-probs tell that the parameters are sound, so that only the formula can be at fault. */
function likelyCause(row: StepMetrics, recipe: Recipe): string {
  const { lr, max_grad_norm } = recipe.optimiser;
  const sound = Number.isFinite(row['logps/chosen']) && Number.isFinite(row['logps/rejected']);
  if (!sound) {
    return `a learning rate of ${lr} is too large for this objective. Lower it, or clip at less than ${max_grad_norm}, then press Reset.`;
  }
  const what = Number.isFinite(row.loss) ? 'slope' : 'value';
  const lower = row.step === 1 ? '' : `, or lower the learning rate of ${lr}`;
  return `the formula has no finite ${what} on this batch: a logarithm or root of a negative number, a division by 0, or an exponential too large. Change the formula${lower}.`;
}
