/** The labelled pairs as a reward model's training reads them: on the device, rows of whole sequences. */
import type { Device } from '../../engine/backend.ts';
import type { CheckedFormula } from '../../formulas/check.ts';
import type { OfflineShape } from '../../training/offline.ts';
import { columnState, DATA } from '../../training/offline.ts';
import { PAIR_COLUMNS } from '../../training/pair-quantities.ts';
import { TURNED } from '../../training/pair-quantities.ts';
import type { WholeRows } from '../../training/reward.ts';
import { wholeRows } from '../../training/reward.ts';
import { positions } from '../../training/sequences.ts';
import type { PreferencePair } from '../pairs.ts';

/** Writes what the formula reads of the pairs: rows 2p and 2p+1 are the chosen and rejected response of pair p. */
export function writeRewardData(
  device: Device,
  pairs: readonly PreferencePair[],
  shape: OfflineShape,
  { reads }: CheckedFormula,
): WholeRows {
  const rows = wholeRows(
    pairs.flatMap(({ prompt, chosen, rejected }) =>
      [chosen, rejected].map((response) => ({ prompt, response })),
    ),
    shape.length,
  );
  const tokens = 2 * shape.pairs * shape.length;
  const write = (state: string, values: ArrayLike<number>, room: number): void => {
    const all = new Float64Array(room);
    all.set(values);
    device.write(state, all);
  };
  write(DATA.tokens, rows.tokens, tokens);
  const readsAny = (...names: string[]): boolean => names.some((name) => reads.has(name));
  const ofTokens = [...reads].some((name) => /^(logp|len|position)_/.test(name));
  if (ofTokens) write(DATA.mask, rows.mask, tokens);
  if ([...reads].some((name) => name.startsWith('logp_'))) write(DATA.targets, rows.targets, tokens);
  if (readsAny('position_w[t]', 'position_l[t]')) write(DATA.position, positions(rows), tokens);
  for (const name of PAIR_COLUMNS) {
    if (!readsAny(name) && !(shape.ties === true && readsAny(TURNED[name] ?? name))) continue;
    write(
      columnState(name),
      pairs.map(({ columns }) => columns[name]),
      shape.pairs,
    );
  }
  if (shape.ties === true)
    write(
      DATA.tie,
      pairs.map(({ sides }) => (sides === 'none' ? 1 : 0)),
      shape.pairs,
    );
  return rows;
}
