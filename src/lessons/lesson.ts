/**
 * What a lesson is: a few steps of text, each with the panels of the Lab that it is about, a prediction to make before a run, and a
 * task that is done when the state of the run says so. A lesson is a folder under `lessons/`: `lesson.ts` exports `lesson`, and
 * `text.svx` has one `<Step>` for each of its steps.
 */
import type { StepMetrics } from '../metrics/metrics.ts';
import type { PanelId } from '../links/view.ts';
import type { RewardAudit } from '../runs/reward/views.ts';
import type { Evaluation } from '../runs/views.ts';

/** What a step may look at: the Lab as it is now. */
export interface Seen {
  /** Decided and undecided labels that the visitor gave; skipped pairs don't count. */
  labels: number;
  /** Pairs that the oracle labelled. */
  automatic: number;
  /** Steps made by the run that is open. */
  step: number;
  /** Steps asked for. */
  steps: number;
  /** The name of the loss, its formula where it is one of one's own, and its numbers. */
  objective: string;
  formula: string | null;
  parameters: Readonly<Record<string, number>>;
  /** The step from which on this loss is trained. */
  lossFrom: number;
  rows: readonly StepMetrics[];
  evaluations: readonly Evaluation[];
  /** The reward model of a step that has one. */
  reward: SeenReward | null;
}

export interface SeenReward {
  /** Steps made, and asked for. */
  step: number;
  steps: number;
  /** What best of n makes of it, once it has been measured. */
  audit: RewardAudit | null;
}

export interface Prediction {
  /** A question about what a run will do. */
  ask: string;
  choices: readonly string[];
  /** Which of the choices came true. */
  came(seen: Seen): number;
}

export interface Task {
  /** What to do, in a sentence or two; what is to be typed stands between backticks. */
  words: string;
  /** The panel that it is done in; without one the bar at the foot is all it takes. */
  with?: PanelId;
  done(seen: Seen): boolean;
}

export interface LessonStep {
  /** As in the address and in the text: `<Step id=...>`. */
  id: string;
  /** The panels of the Lab that are shown beside it; none where a reward model stands there. */
  show: readonly PanelId[];
  /** The one that it is about. */
  point?: PanelId;
  /** The state that the Lab is set to when the step is come to: one of the lesson's `setups`. */
  setup?: string;
  /** A reward model in the Lab's place: one of the lesson's `rewards`. */
  reward?: string;
  predict?: Prediction;
  /** Without one the step is to be read. */
  task?: Task;
  /** What came of the task, in figures; kept, and shown again under its name in the steps that follow. */
  finding?: { name: string; figures(seen: Seen): string };
}

export interface Lesson {
  title: string;
  /** What it answers, as a question. */
  question: string;
  minutes: number;
  /** Recipes, unchecked: as `sway run` takes them. */
  setups: Readonly<Record<string, object>>;
  /** The same of reward models: as `sway reward` takes them. */
  rewards?: Readonly<Record<string, object>>;
  steps: readonly LessonStep[];
}

/** A lesson with its place: `part` and `slug` are the names of its folders without their numbers. */
export interface PlacedLesson extends Lesson {
  part: string;
  slug: string;
}

/** Mean of a column over the last rows (ten unless said otherwise); NaN without rows. */
export function lately(rows: readonly StepMetrics[], key: keyof StepMetrics, count = 10): number {
  const last = rows.slice(-count);
  return last.reduce((sum, row) => sum + row[key], 0) / last.length;
}

/** The run has made the steps that were asked for, on the loss of now, at least `steps` of them. */
export const trained = ({ step, steps, lossFrom }: Seen, least = 1): boolean =>
  step >= steps && step - lossFrom + 1 >= least;
