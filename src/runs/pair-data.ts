/** The labelled pairs as they lie on the device: rows of words, reference log-probs, and what else a formula reads of them. */
import type { Device } from '../engine/backend.ts';
import type { CheckedFormula } from '../formulas/check.ts';
import type { OfflineShape } from '../training/offline.ts';
import { columnState, DATA } from '../training/offline.ts';
import { MISMATCHED, mismatchedSequences } from '../training/mismatched.ts';
import type { PairColumn } from '../training/pair-quantities.ts';
import { PAIR_COLUMNS, TURNED } from '../training/pair-quantities.ts';
import type { Sequence, SequenceRows } from '../training/sequences.ts';
import { positions, rowSum, sequenceRows } from '../training/sequences.ts';
import type { PreferencePair } from './pairs.ts';
import type { Scorer } from './scorer.ts';

/** What lies on the device for the pairs, as far as another formula or reference asks for more of it. */
export interface PairData {
  shape: OfflineShape;
  /** Rows 2p and 2p+1 belong to pair p. */
  sequences: Sequence[];
  rows: SequenceRows;
  /** Of each pair's prompt with a response of another pair; null where the formula reads none. */
  mismatched: Sequence[] | null;
  /** Log-prob under the reference of each response; empty until `writeReference` has run. */
  reference: number[];
}

/** Writes the words; reference log-probs and columns follow by the two functions below. */
export function writeData(device: Device, pairs: readonly PreferencePair[], shape: OfflineShape): PairData {
  const sequences = pairs.flatMap(({ prompt, chosen, rejected }) => [
    { prompt, response: chosen },
    { prompt, response: rejected },
  ]);
  const rows = sequenceRows(sequences, shape.length);
  const room = 2 * shape.pairs * shape.length;
  device.write(DATA.tokens, padded(rows.tokens, room));
  device.write(DATA.targets, padded(rows.targets, room));
  device.write(DATA.mask, padded(rows.mask, room));
  return { shape, sequences, rows, mismatched: null, reference: [] };
}

/** What of the data only some formulas read; returns the data with what `writeReference` must know of that. */
export function writeColumns(
  device: Device,
  pairs: readonly PreferencePair[],
  { reads, needs }: CheckedFormula,
  data: PairData,
): PairData {
  const { shape, rows } = data;
  const { length } = shape;
  const column = (name: string, of: (pair: PreferencePair) => number): void =>
    device.write(name, padded(pairs.map(of), shape.pairs));
  if (['position_w[t]', 'position_l[t]'].some((name) => reads.has(name))) {
    device.write(DATA.position, padded(positions(rows), 2 * shape.pairs * length));
  }
  const wanted = (name: PairColumn): boolean =>
    reads.has(name) || (shape.ties === true && reads.has(TURNED[name] ?? name));
  for (const name of PAIR_COLUMNS.filter(wanted)) {
    column(columnState(name), ({ columns }) => columns[name]);
  }
  if (shape.ties === true) column(DATA.tie, ({ sides }) => (sides === 'none' ? 1 : 0));
  // with a single pair there is no other; such a run does not train
  if (!needs.has('mismatched') || pairs.length < 2) return { ...data, mismatched: null };
  const mismatched = mismatchedSequences(pairs, length);
  const other = sequenceRows(mismatched, length);
  const room = shape.pairs * length;
  if (reads.has('logp_m')) {
    device.write(MISMATCHED.tokens, padded(other.tokens, room));
    device.write(MISMATCHED.targets, padded(other.targets, room));
  }
  device.write(MISMATCHED.mask, padded(other.mask, room));
  return { ...data, mismatched: reads.has('ref_m') ? mismatched : null };
}

/** Log-probs that were measured already, each response's under its name. */
export type Measured = ReadonlyMap<string, Float32Array>;

const nameOf = ({ prompt, response }: Sequence, length: number): string =>
  `${length}:${prompt.join()}:${response.join()}`;

/** What lies on the device of responses and their log-probs under the reference: another layout of it can do without measuring them anew. */
export async function measuredOn(
  device: Device,
  { shape: { length }, sequences }: PairData,
): Promise<Measured> {
  const values = Float32Array.from(await device.read(DATA.reference));
  return new Map(
    sequences.map((one, i) => [nameOf(one, length), values.subarray(i * length, (i + 1) * length)]),
  );
}

/** Log-probs under the reference as it is now, of everything that is measured by it; `measured` are of that very reference. */
export async function writeReference(
  device: Device,
  scorer: Scorer,
  data: PairData,
  measured: Measured = new Map(),
): Promise<PairData> {
  const { shape, sequences, rows, mismatched } = data;
  const { length } = shape;
  const missing = sequences.filter((one) => !measured.has(nameOf(one, length)));
  // in one call, so that runs that share a device keep step whatever their formulas read
  const logps = await scorer.tokenLogps([...missing, ...(mismatched ?? [])], 'reference', length);
  const own = new Float32Array(sequences.length * length);
  let next = 0;
  for (const [i, one] of sequences.entries()) {
    const known = measured.get(nameOf(one, length));
    own.set(known ?? logps.subarray(next * length, ++next * length), i * length);
  }
  device.write(DATA.reference, padded(own, 2 * shape.pairs * length));
  if (mismatched !== null)
    device.write(MISMATCHED.reference, padded(logps.subarray(missing.length * length), shape.pairs * length));
  return { ...data, reference: sequences.map((_, i) => rowSum(rows, own, i)) };
}

/** With zeros up to the room that there is. */
function padded(values: ArrayLike<number>, room: number): Float64Array {
  const all = new Float64Array(room);
  all.set(values);
  return all;
}
