/**
 * What was seen of a run, for its link to open on: what whoever shares it claims, until the run is told again. A curve is made
 * of points that were recorded, never of their means: each can be held against a replay by itself, however they were chosen.
 */
import type { StepMetrics } from '../metrics/metrics.ts';
import { lastRecipe, recipeAt, type Story } from '../runs/story.ts';
import type { Evaluation, Samples } from '../runs/views.ts';
import type { Tokens } from '../worlds/world.ts';

/** `accuracy`: on held-out pairs, by the rule that the story ends with. */
export const CURVES = ['margins', 'loss', 'accuracy'] as const;
export type CurveName = (typeof CURVES)[number];

export interface SeenCurve {
  /** Updates made; they rise. */
  steps: readonly number[];
  /** Whole multiples of 10^-digits, so that writing and reading change no bit. */
  values: readonly number[];
  digits: number;
}

/** Drawn by the same random numbers, for the prompt of the state. */
export interface SeenSamples {
  before: readonly Tokens[];
  after: readonly Tokens[];
}

export interface Seen extends Partial<Record<CurveName, SeenCurve>> {
  samples?: SeenSamples;
}

/** Most points of a curve and most samples, in a file. */
export const MOST_POINTS = 200;
export const MOST_SAMPLES = 6;
/** Most decimals, and how large a value may be in its last one. */
export const MOST_DIGITS = 6;
export const MOST_UNITS = 1e6;

const POWERS = [1, 10, 100, 1e3, 1e4, 1e5, 1e6] as const;
const power = (digits: number): number => POWERS[digits] as number;
/** Values that a curve's range is cut into at least: finer than a small chart can draw. */
const FINE = 200;
/** A tenth of a percent. */
const SHARE_DIGITS = 3;

/** Everything that was recorded of a run of that many steps. */
export interface Recorded {
  story: Story;
  steps: number;
  rows: readonly StepMetrics[];
  evaluations: readonly Evaluation[];
  /** Of the model after these steps; null where none were drawn then. */
  samples: Samples | null;
}

interface Point {
  step: number;
  value: number;
}

const ofRows =
  (key: 'loss' | 'rewards/margins') =>
  ({ rows }: Recorded): Point[] =>
    rows.map((row) => ({ step: row.step, value: row[key] }));

const POINTS: Record<CurveName, (recorded: Recorded) => Point[]> = {
  margins: ofRows('rewards/margins'),
  loss: ofRows('loss'),
  accuracy: ({ evaluations, story, steps }) => {
    const { rule } = lastRecipe(story).labels;
    const told = evaluations.filter(({ step }) => isToldAgain(story, step, steps));
    return told.map(({ step, accuracies }) => ({ step, value: accuracies[rule] ?? NaN }));
  },
};

/** Whether a replay evaluates at that step too; others came about because somebody paused. */
function isToldAgain(story: Story, step: number, steps: number): boolean {
  return step === 0 || step === steps || step % recipeAt(story, step - 1).loop.evaluate_every === 0;
}

/** What has no value (a batch without a decided pair) is no point. */
const pointsOf = (name: CurveName, recorded: Recorded): Point[] =>
  POINTS[name](recorded).filter(({ step, value }) => step <= recorded.steps && Number.isFinite(value));

/** What a link or file may carry of it, at its fullest; null where nothing was recorded. */
export function seenOf(recorded: Recorded): Seen | null {
  const margins = curveOf('margins', recorded);
  const loss = margins === null ? curveOf('loss', recorded) : null;
  const accuracy = curveOf('accuracy', recorded);
  const samples = samplesOf(recorded);
  const seen: Seen = {
    ...(margins && { margins }),
    ...(loss && { loss }),
    ...(accuracy && { accuracy }),
    ...(samples && { samples }),
  };
  return Object.keys(seen).length === 0 ? null : seen;
}

function curveOf(name: CurveName, recorded: Recorded): SeenCurve | null {
  const points = picked(pointsOf(name, recorded), MOST_POINTS);
  const values = points.map(({ value }) => value);
  const digits = name === 'accuracy' ? SHARE_DIGITS : digitsFor(values);
  if (points.length === 0 || digits === null) return null;
  return {
    steps: points.map(({ step }) => step),
    values: values.map((value) => inUnits(value, digits)),
    digits,
  };
}

/** Adding 0 leaves no negative one. */
const inUnits = (value: number, digits: number): number => Math.round(value * power(digits)) + 0;

/** As many decimals as the curve's range asks for and its size has room for; null for what is too large. */
function digitsFor(values: readonly number[]): number | null {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const size = Math.max(Math.abs(low), Math.abs(high));
  const asked = POWERS.findIndex((unit) => (high - low) * unit >= FINE);
  const room = POWERS.findLastIndex((unit) => size * unit <= MOST_UNITS);
  if (room < 0) return null;
  return asked < 0 ? room : Math.min(asked, room);
}

function samplesOf({ samples, steps }: Recorded): SeenSamples | null {
  if (samples?.step !== steps) return null;
  const tokens = (list: Samples['after']): Tokens[] => list.slice(0, MOST_SAMPLES).map((one) => one.tokens);
  const [before, after] = [tokens(samples.before), tokens(samples.after)];
  return before.length === 0 || before.length !== after.length ? null : { before, after };
}

/** At most so many, evenly, the first and the last among them; what is few enough stays as it is. */
function picked<T>(list: readonly T[], most: number): readonly T[] {
  if (list.length <= most) return list;
  return Array.from({ length: most }, (_, i) => list[Math.round((i * (list.length - 1)) / (most - 1))] as T);
}

/** At most so many points a curve (two or more) and so many samples. Thinned once more by the same numbers it stays as it is. */
export function thinned(seen: Seen, points: number, samples: number): Seen {
  const thin: Seen = {};
  for (const name of CURVES) {
    const curve = seen[name];
    if (!curve) continue;
    const { steps, values, digits } = curve;
    thin[name] = { steps: picked(steps, points), values: picked(values, points), digits };
  }
  if (seen.samples && samples > 0) {
    const { before, after } = seen.samples;
    thin.samples = { before: before.slice(0, samples), after: after.slice(0, samples) };
  }
  return thin;
}

/** The numbers themselves. */
export const valuesOf = ({ values, digits }: SeenCurve): number[] =>
  values.map((value) => value / power(digits));

/** Whether all that was claimed came out again: each point at its step, each sample word for word. `prompt`: the samples'. */
export function isSeenAgain(seen: Seen, recorded: Recorded, prompt: string | undefined): boolean {
  return (
    CURVES.every((name) => isCurveAgain(name, seen[name], recorded)) &&
    areSamplesAgain(seen.samples, recorded, prompt)
  );
}

function isCurveAgain(name: CurveName, curve: SeenCurve | undefined, recorded: Recorded): boolean {
  if (!curve) return true;
  const here = new Map(pointsOf(name, recorded).map(({ step, value }) => [step, value]));
  return curve.steps.every((step, i) => {
    const value = here.get(step);
    return value !== undefined && inUnits(value, curve.digits) === curve.values[i];
  });
}

function areSamplesAgain(
  claimed: SeenSamples | undefined,
  { samples, steps }: Recorded,
  prompt: string | undefined,
): boolean {
  if (!claimed) return true;
  if (samples?.step !== steps || samples.prompt !== prompt) return false;
  return (['before', 'after'] as const).every((side) =>
    claimed[side].every((tokens, i) => isSame(tokens, samples[side][i]?.tokens)),
  );
}

const isSame = (a: Tokens, b: Tokens | undefined): boolean =>
  a.length === b?.length && a.every((token, i) => token === b[i]);
