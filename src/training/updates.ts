/**
 * Updates one after the other, whatever they train: what is not finite is refused, and the newest state in which all was sound
 * (the mirror) is put back. Knows no recipe, no clock and no page.
 */
import { NotFiniteError } from '../base/errors.ts';
import type { Device, Feeds, Outputs, Values } from '../engine/backend.ts';
import type { OptimiserSettings } from './optimiser.ts';

/** A mirror of everything that training changes is taken at least every so many steps. */
const MIRROR_EVERY = 20;

/** All that is needed to go on with the same bits. */
export interface Snapshot {
  /** Updates made. */
  step: number;
  states: Readonly<Record<string, Values>>;
}

/** What a device holds of these states. */
export async function readStates(
  device: Pick<Device, 'read'>,
  names: readonly string[],
): Promise<Snapshot['states']> {
  const values = await Promise.all(names.map((name) => device.read(name)));
  return Object.fromEntries(names.map((name, i) => [name, values[i] as Values]));
}

interface UpdateRow {
  step: number;
  loss: number;
  grad_norm: number;
}

/** What one update is fed, and how its outputs are told. */
export interface PreparedStep<Row> {
  feeds: Feeds;
  row(output: Outputs): Row;
}

/** Something that trains, on the device that it is on now. */
export interface Trainee<Row extends UpdateRow, S extends Snapshot> {
  /** Updates made so far; `made` moves it on. */
  readonly step: number;
  /** The state whose numbers tell whether a mirror is sound. */
  readonly parameters: string;
  run(feeds: readonly Feeds[]): Promise<Outputs[]>;
  /** Step k, which counts from 1. */
  prepare(k: number): PreparedStep<Row>;
  /** What most likely made a row's numbers infinite, as a sentence with a cure. */
  cause(row: Row, output: Outputs): string;
  /** Finite updates were made; `last` is what the last of them gave. */
  made(rows: readonly Row[], last: Outputs | undefined): void;
  snapshot(): Promise<S>;
  restore(snapshot: S): Promise<void> | void;
}

export interface Updates<Row, S> {
  /** The newest sound state: where training goes on after a device is lost. */
  readonly mirror: S;
  /** Makes `count` updates; throws NotFiniteError after the mirror has been put back. */
  advance(count: number): Promise<Row[]>;
  /** Takes the mirror anew where it is due. */
  keepWhenDue(before: number): Promise<void>;
  /** Takes the mirror anew, unless a number in it is not finite. */
  keep(): Promise<void>;
  /** From now on this is the mirror, as a state that was put back. */
  mirrorIs(snapshot: S): void;
}

/** `mirrored`: false where nothing could go on from a mirror, so that none is taken. */
export function updatesOf<Row extends UpdateRow, S extends Snapshot>(
  trainee: Trainee<Row, S>,
  first: S,
  mirrored = true,
): Updates<Row, S> {
  let mirror = first;
  const keep = async (): Promise<void> => {
    const taken = await trainee.snapshot();
    if (taken.states[trainee.parameters]?.every(Number.isFinite) === true) mirror = taken;
  };
  return {
    get mirror() {
      return mirror;
    },
    advance: async (count) => {
      const steps = Array.from({ length: count }, (_, i) => trainee.prepare(trainee.step + 1 + i));
      const outputs = await trainee.run(steps.map(({ feeds }) => feeds));
      const rows = outputs.map((output, i) => (steps[i] as PreparedStep<Row>).row(output));
      const bad = rows.findIndex(({ loss, grad_norm }) => !Number.isFinite(loss + grad_norm));
      if (bad >= 0) {
        const row = rows[bad] as Row;
        if (mirrored) await trainee.restore(mirror);
        const what = Number.isFinite(row.loss) ? 'the gradient' : 'the loss';
        throw new NotFiniteError(row.step, what, trainee.cause(row, outputs[bad] as Outputs));
      }
      trainee.made(rows, outputs.at(-1));
      return rows;
    },
    keepWhenDue: async (before) => {
      const due = Math.floor(trainee.step / MIRROR_EVERY) > Math.floor(before / MIRROR_EVERY);
      if (due && mirrored) await keep();
    },
    keep,
    mirrorIs: (snapshot) => (mirror = snapshot),
  };
}

/**
 * Why a loss or gradient stopped being finite. `sound`: what the model gave is finite, so that only the formula can be at
 * fault. `again`: how training goes on.
 */
export function likelyCause(
  { step, loss }: UpdateRow,
  sound: boolean,
  { lr, max_grad_norm }: OptimiserSettings,
  again: string,
): string {
  if (!sound) {
    return `a learning rate of ${lr} is too large for this objective. Lower it, or clip at less than ${max_grad_norm}, then ${again}.`;
  }
  const what = Number.isFinite(loss) ? 'slope' : 'value';
  const lower = step === 1 ? '' : `, or lower the learning rate of ${lr}`;
  return `the formula has no finite ${what} on this batch: a logarithm or root of a negative number, a division by 0, or an exponential too large. Change the formula${lower}.`;
}
