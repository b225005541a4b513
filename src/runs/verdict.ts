/** What holding a replay against a receipt showed, in words. */
import type { Receipt, Verdict } from './receipt.ts';
import { ENGINE, TOLERANCE } from './receipt.ts';

/** Whether a shared run may be called reproduced. */
export const isReproduced = ({ kind }: Verdict): boolean =>
  kind === 'reproduced' || kind === 'within-tolerance';

/** A sentence or two, without the final full stop of the last. */
export function describeVerdict(verdict: Verdict, { steps, engine }: Receipt): string {
  const told = words(verdict, steps);
  if (isReproduced(verdict) || engine === ENGINE) return told;
  return `${told}. It was made by engine ${engine}, this is engine ${ENGINE}: other bits are to be expected`;
}

function words(verdict: Verdict, steps: number): string {
  switch (verdict.kind) {
    case 'reproduced':
      return `Reproduced bit for bit: all ${steps} steps and the final parameters`;
    case 'differs':
      return `Not reproduced: the same up to step ${verdict.after}, different at step ${verdict.by} at the latest`;
    case 'parameters-differ':
      return `Not reproduced: all ${steps} steps are the same, the parameters after the last are not`;
    case 'within-tolerance':
      return `Agrees within a tolerance of ${100 * TOLERANCE}% after ${steps} steps; not all of it was computed on WASM, so there are no bits to compare`;
    case 'outside-tolerance': {
      const parts = verdict.differences.map(({ name, theirs, ours }) => `${name} ${theirs}, here ${ours}`);
      return `Not reproduced within a tolerance of ${100 * TOLERANCE}%: ${parts.join('; ')}`;
    }
    default:
      return verdict satisfies never;
  }
}

/** What stands for a run: `100 steps, engine 1, digest 0123456789abcdef`. */
export function receiptLine({ engine, steps, digest }: Receipt): string {
  return `${steps} steps, engine ${engine}, digest ${digest ?? 'none, since not all of it was computed on WASM'}`;
}
