/**
 * What can go wrong, in two kinds. A *programmer's* mistake throws a class named for the mistake. A *user's* mistake
 * (a recipe, a formula, a file, a link) is data: an `Issue` that names the place, what was expected, and the cure.
 */

/** One mistake in something a person supplied. `at` is a path (`optimiser.lr`) or a place (`line 2, column 7`). */
export interface Issue {
  /** Stable, machine-readable: `recipe/unknown-key`, `formula/unexpected-token`, ... */
  code: string;
  at: string;
  expected: string;
  received: string;
  /** What the person can do about it, as a sentence. */
  cure: string;
}

/** Either the value, or everything that is wrong with what was supplied. Never both, never neither. */
export type Checked<T> = { ok: true; value: T } | { ok: false; issues: Issue[] };

export function describeIssue(issue: Issue): string {
  return `${issue.at}: expected ${issue.expected}, received ${issue.received}. ${issue.cure}`;
}

/** Base of every error that this program throws on purpose; `name` is the class, the message ends with the cure. */
export abstract class SwaygroundError extends Error {
  /** Written out: a built site has other, shorter names for its classes. */
  abstract override readonly name: string;
}

/** Tensors whose shapes or types don't fit the op that they were given to. */
export class ShapeError extends SwaygroundError {
  override readonly name = 'ShapeError';
}
/** A graph was built or differentiated in a way that has no meaning. */
export class GraphError extends SwaygroundError {
  override readonly name = 'GraphError';
}
/** A name (program, state, feed, output) that the device does not know. */
export class UnknownNameError extends SwaygroundError {
  override readonly name = 'UnknownNameError';
}
/** The backend can't be opened on this machine; the message says why. */
export class BackendUnavailableError extends SwaygroundError {
  override readonly name = 'BackendUnavailableError';
}
/** The device went away in the middle of work (driver reset, GPU process gone, `destroy()`). */
export class DeviceLostError extends SwaygroundError {
  override readonly name = 'DeviceLostError';
}
/** Something that must answer did not, within its deadline. */
export class DeadlineError extends SwaygroundError {
  override readonly name = 'DeadlineError';
}
/** A checkpoint that is damaged or does not fit the model. */
export class CheckpointError extends SwaygroundError {
  override readonly name = 'CheckpointError';
}
/** A method was called at a time when it has no meaning (a step before the start, a run after its end). */
export class StateError extends SwaygroundError {
  override readonly name = 'StateError';
}

/** A mistake in a person's input, thrown where a value must be had (command line, worker entry). Carries the issues. */
export class InvalidInputError extends SwaygroundError {
  override readonly name = 'InvalidInputError';

  constructor(readonly issues: Issue[]) {
    super(issues.map(describeIssue).join('\n'));
  }
}

/** Training stopped because a number stopped being finite. `step` counts from 1. */
export class NotFiniteError extends SwaygroundError {
  override readonly name = 'NotFiniteError';

  constructor(
    readonly step: number,
    readonly quantity: string,
    readonly cause_: string,
  ) {
    super(`${quantity} is not a finite number at step ${step}. Likely cause: ${cause_}`);
  }
}

/** An error that crosses a worker boundary, as data. */
export interface ErrorData {
  name: string;
  message: string;
  issues?: Issue[];
}

export function errorToData(error: unknown): ErrorData {
  if (error instanceof InvalidInputError) {
    return { name: error.name, message: error.message, issues: error.issues };
  }
  if (error instanceof Error) return { name: error.name, message: error.message };
  return { name: 'Error', message: String(error) };
}
