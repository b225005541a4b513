/**
 * Where a run lives: a device, and what lies on it for the recipe's labels and formula. Places are made anew by every
 * change; parameters that a device has stay there.
 */
import { StateError } from '../base/errors.ts';
import type { Device, Values } from '../engine/backend.ts';
import type { CheckedFormula } from '../formulas/check.ts';
import type { OfflineShape } from '../training/offline.ts';
import { offlineProgram } from '../training/offline.ts';
import { syncProgram } from '../training/reference-sync.ts';
import type { LmConfig } from '../models/lm/config.ts';
import { REFERENCE, START } from '../models/lm/programs.ts';
import type { World } from '../worlds/world.ts';
import { undecidedMeanings } from '../recipes/objective.ts';
import type { GivenReference } from './given-reference.ts';
import { measuredBy } from './given-reference.ts';
import type { Measured, PairData } from './pair-data.ts';
import { measuredOn, shapeFor, writeColumns, writeData, writeReference } from './pair-data.ts';
import type { LearnedPairs } from './pairs.ts';
import { preferencePairs } from './pairs.ts';
import { rewardProgram } from './rewards.ts';
import type { Recipe } from '../recipes/schema.ts';
import { formulaOf } from '../recipes/schema.ts';
import type { Scorer } from '../training/scorer.ts';
import { createScorer, scorerPrograms } from '../training/scorer.ts';

/** A device, and what lies on it. */
export interface Place {
  device: Device;
  /** The recipe whose labels and formula lie there. */
  recipe: Recipe;
  scorer: Scorer;
  /** Whether the start lies there beside the reference. */
  moves: boolean;
  /** The reference that the log-probs there are of. */
  reference: Values;
  learned: LearnedPairs;
  data: PairData;
}

export interface Layouts {
  learnedFrom(recipe: Recipe): LearnedPairs;
  /** Lays out a device for a recipe's labels and formula, with the reference's parameters `values`. */
  layOut(on: Device, recipe: Recipe, values: Values): Promise<Place>;
  /** Other labels over the same reference: only responses that are new are measured by it. */
  layOutLabels(old: Place, recipe: Recipe): Promise<Place>;
  /** Another formula over the same data: the device keeps every state that it has. */
  layOutFormula(old: Place, recipe: Recipe): Promise<Place>;
  /** The place with this reference, and with programs for one that moves where the recipe asks for that. */
  settled(at: Place, recipe: Recipe, values: Values): Promise<Place>;
}

/** How a run comes onto its device, which it may share with others. */
export interface Berth {
  /**
   * Loads the programs for this data and formula, and says which shape the data is to have: at least the one asked for.
   * `moves`: with programs that keep the start apart from a reference that moves.
   */
  load(device: Device, wanted: OfflineShape, formula: CheckedFormula, moves: boolean): Promise<OfflineShape>;
  /** Whether the run can go on from a mirror, and so keeps one. */
  mirrored: boolean;
}

export const ALONE: Berth = {
  load: async (device, shape, formula, moves) => {
    await device.load({
      ...scorerPrograms(shape.config, moves),
      ...(moves ? { sync: syncProgram(shape.config) } : {}),
      reward: rewardProgram(formula),
      train: offlineProgram(shape, formula),
    });
    return shape;
  },
  mirrored: true,
};

/**
 * `base`: the flat parameter block [P] before any training; a reference that is this very array has not moved. `given`: a
 * model from outside in the reference's place.
 */
export function layouts(
  config: LmConfig,
  world: World,
  base: Values,
  berth: Berth,
  given: GivenReference | null = null,
): Layouts {
  const scorerOn = (on: Device, moves: boolean): Scorer => measuredBy(createScorer(on, config, moves), given);

  const loadPrograms: Berth['load'] = async (on, wanted, formula, moves) => {
    const shape = await berth.load(on, wanted, formula, moves);
    if (moves) on.write(START, base);
    return shape;
  };
  const movesUnder = ({ loop }: Recipe, values: Values): boolean => loop.sync_ref_model || values !== base;

  const learnedFrom = ({ labels, objective, seed }: Recipe): LearnedPairs =>
    preferencePairs(labels, world, seed, undecidedMeanings(objective));

  const layOut = async (on: Device, laidOut: Recipe, values: Values, measured?: Measured): Promise<Place> => {
    const formula = checkedFormula(laidOut);
    const learned = learnedFrom(laidOut);
    const wanted = shapeFor(learned.pairs, config, laidOut.loop.batch);
    const moves = movesUnder(laidOut, values);
    const scorer = scorerOn(on, moves);
    const shape = await loadPrograms(on, wanted, formula, moves);
    on.write(REFERENCE, values);
    const written = writeColumns(on, learned.pairs, formula, writeData(on, learned.pairs, shape));
    const data = await writeReference(on, scorer, written, measured);
    return { device: on, recipe: laidOut, scorer, moves, reference: values, learned, data };
  };

  const layOutLabels = async (old: Place, laidOut: Recipe): Promise<Place> =>
    layOut(old.device, laidOut, old.reference, await measuredOn(old.device, old.data));

  const layOutFormula = async (old: Place, laidOut: Recipe): Promise<Place> => {
    const { device: on, learned } = old;
    const formula = checkedFormula(laidOut);
    const moves = old.moves || laidOut.loop.sync_ref_model;
    const scorer = scorerOn(on, moves);
    await loadPrograms(on, old.data.shape, formula, moves);
    const data = writeColumns(on, learned.pairs, formula, old.data);
    const measured = data.mismatched === null ? data : await writeReference(on, scorer, data);
    return { ...old, recipe: laidOut, scorer, moves, data: measured };
  };

  const settled = async (at: Place, { loop }: Recipe, values: Values): Promise<Place> => {
    const { device: on } = at;
    let { moves, scorer } = at;
    if (!moves && (loop.sync_ref_model || values !== base)) {
      moves = true;
      scorer = scorerOn(on, moves);
      await loadPrograms(on, at.data.shape, checkedFormula(at.recipe), moves);
    }
    if (values === at.reference) return { ...at, moves, scorer };
    on.write(REFERENCE, values);
    return { ...at, moves, scorer, reference: values, data: await writeReference(on, scorer, at.data) };
  };

  return { learnedFrom, layOut, layOutLabels, layOutFormula, settled };
}

/** Whether what lies on a device for one recipe serves the other. */
export function sameData(a: Recipe, b: Recipe): boolean {
  return JSON.stringify(a.labels) === JSON.stringify(b.labels) && sameFormula(a, b);
}

/** Whether two recipes run the same formula, with whatever numbers. */
export function sameFormula({ objective: a }: Recipe, { objective: b }: Recipe): boolean {
  const text = ({ name, formula, own, options }: Recipe['objective']): string =>
    JSON.stringify([name, formula, Object.keys(own), options]);
  return text(a) === text(b);
}

/** Whether an objective makes other pairs of the same labels than the one before it. */
export function otherPairs(before: LearnedPairs, now: LearnedPairs): boolean {
  const kinds = ({ pairs }: LearnedPairs): string => pairs.map(({ sides }) => sides).join();
  return kinds(before) !== kinds(now) || before.unused.ties !== now.unused.ties;
}

/** Of a recipe that was checked; StateError otherwise. */
export function checkedFormula(recipe: Recipe): CheckedFormula {
  const formula = formulaOf(recipe.objective);
  if (!formula.ok) throw new StateError('the recipe was not checked before it was run.');
  return formula.value;
}
