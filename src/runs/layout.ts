/**
 * What lies on a device for a recipe: programs, the reference, the labelled pairs and their log-probs under it. A layout is
 * made from the one before it, and only what differs is built, written and measured again; parameters that a device has stay
 * there.
 */
import type { Device, Values } from '../engine/backend.ts';
import type { Graph } from '../engine/graph.ts';
import { sameValue } from '../base/same.ts';
import type { CheckedFormula } from '../formulas/check.ts';
import type { LmConfig } from '../models/lm/config.ts';
import { REFERENCE, START } from '../models/lm/programs.ts';
import type { CheckedRecipe } from '../recipes/check.ts';
import type { OfflineShape } from '../training/offline.ts';
import { offlineProgram } from '../training/offline.ts';
import { syncProgram } from '../training/reference-sync.ts';
import type { GivenReference } from './given-reference.ts';
import { measuredBy } from './given-reference.ts';
import type { PairData } from './pair-data.ts';
import { measuredOn, writeColumns, writeData, writeReference } from './pair-data.ts';
import type { LearnedPairs } from './pairs.ts';
import { preferencePairs } from './pairs.ts';
import { rewardProgram } from './rewards.ts';
import type { Scorer } from './scorer.ts';
import { createScorer, scorerPrograms } from './scorer.ts';
import { shapeFor, shapeForRounds } from './shape.ts';

/** What the programs of a run are made for. */
export interface Wanted {
  shape: OfflineShape;
  formula: CheckedFormula;
  /** The start is kept apart from a reference that moves. */
  moves: boolean;
}

export interface Loaded {
  wanted: Wanted;
  /** Of the data: at least the one asked for. */
  shape: OfflineShape;
  /** Empty where others' programs are loaded with them. */
  programs: Readonly<Record<string, Graph>>;
}

/** How a run's programs come onto its device, which it may share with others. */
export interface ProgramLoader {
  /** `before`: what was made for this run last, on whatever device. */
  load(device: Device, wanted: Wanted, before: Loaded | null): Promise<Loaded>;
  /** Whether the run can go on from a mirror, and so keeps one. */
  mirrored: boolean;
}

/** For a run that has its device for itself: of the programs from before, each is built again only where it would be another. */
export const ALONE: ProgramLoader = {
  load: async (device, wanted, before) => {
    const programs = programsFor(wanted, before);
    await device.load(programs);
    return { wanted, shape: wanted.shape, programs };
  },
  mirrored: true,
};

function programsFor(wanted: Wanted, before: Loaded | null): Record<string, Graph> {
  const { shape, formula, moves } = wanted;
  const old = before?.wanted;
  const { reward, train, ...readers } = before?.programs ?? {};
  const sameReaders = old?.moves === moves && sameValue(old.shape.config, shape.config);
  const sameFormula = old?.formula === formula;
  return {
    ...(sameReaders
      ? readers
      : { ...scorerPrograms(shape.config, moves), ...(moves ? { sync: syncProgram(shape.config) } : {}) }),
    reward: (sameFormula ? reward : undefined) ?? rewardProgram(formula),
    train: (sameFormula && sameValue(old.shape, shape) ? train : undefined) ?? offlineProgram(shape, formula),
  };
}

/** Whether the same programs serve both. */
const sameWanted = (a: Wanted, b: Wanted): boolean =>
  a.formula === b.formula && a.moves === b.moves && sameValue(a.shape, b.shape);

/** A device, and what lies on it. */
export interface DeviceLayout {
  device: Device;
  /** The recipe whose labels and formula lie there. */
  recipe: CheckedRecipe;
  loaded: Loaded;
  scorer: Scorer;
  /** The reference that the log-probs there are of. */
  reference: Values;
  learned: LearnedPairs;
  data: PairData;
}

/** What a layout is of, the same for a whole run. */
export interface LaidOut {
  config: LmConfig;
  /** The flat parameter block [P] before any training; a reference that is this very array has not moved. */
  base: Values;
  loader: ProgramLoader;
  /** A model from outside in the reference's place. */
  given: GivenReference | null;
}

/**
 * Lays a device out for a recipe's labels and formula, with the reference's parameters `reference`. `before`: the layout that the
 * run has, on this device or another; it may be used no more afterwards if it was on this one. `written`: the pairs to learn from where
 * they are the policy's own.
 */
export async function layOut(
  of: LaidOut,
  device: Device,
  recipe: CheckedRecipe,
  reference: Values,
  before: DeviceLayout | null = null,
  written: LearnedPairs | null = null,
): Promise<DeviceLayout> {
  const here = before?.device === device ? before : null;
  const learned =
    written ?? (before !== null && sameLabels(before.recipe, recipe) ? before.learned : learnedFrom(recipe));
  const { formula } = recipe;
  const { loop } = recipe.recipe;
  const moves = (here?.loaded.wanted.moves ?? false) || loop.sync_ref_model || reference !== of.base;
  const shape =
    loop.kind === 'online' ? shapeForRounds(of.config, loop) : shapeFor(learned.pairs, of.config, loop.batch);
  const wanted = { shape, formula, moves };
  const sameReference = here?.reference === reference;
  const sameRows = here?.learned === learned;
  // read before other programs give their room to something else
  const measured = here && sameReference && !sameRows ? await measuredOn(device, here.data) : undefined;

  const sameLoaded = here !== null && sameWanted(here.loaded.wanted, wanted);
  const loaded = sameLoaded ? here.loaded : await of.loader.load(device, wanted, before?.loaded ?? null);
  if (moves && !(here?.loaded.wanted.moves ?? false)) device.write(START, of.base);
  if (!sameReference) device.write(REFERENCE, reference);

  const scorer = measuredBy(createScorer(device, of.config, moves), of.given);
  const rows = sameRows ? here.data : writeData(device, learned.pairs, loaded.shape);
  const columns = sameRows && sameLoaded ? rows : writeColumns(device, learned.pairs, formula, rows);
  const isMeasured = sameReference && sameRows && (sameLoaded || columns.mismatched === null);
  const data = isMeasured ? columns : await writeReference(device, scorer, columns, measured);
  return { device, recipe, loaded, scorer, reference, learned, data };
}

/** Whether the same pairs come of both. */
function sameLabels(a: CheckedRecipe, b: CheckedRecipe): boolean {
  return (
    a.recipe.seed === b.recipe.seed &&
    sameValue(a.undecided, b.undecided) &&
    sameValue(a.recipe.labels, b.recipe.labels)
  );
}

function learnedFrom({ recipe: { labels, seed }, world, undecided }: CheckedRecipe): LearnedPairs {
  return preferencePairs(labels, world, seed, undecided);
}

/** The layout with a reference that has just moved on its device. */
export async function withMovedReference(at: DeviceLayout, reference: Values): Promise<DeviceLayout> {
  return { ...at, reference, data: await writeReference(at.device, at.scorer, at.data) };
}
