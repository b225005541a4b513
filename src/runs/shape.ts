/** The room that labelled pairs take on a device: what programs are built for. */
import type { LmConfig } from '../models/lm/config.ts';
import type { OfflineShape } from '../training/offline.ts';
import type { OnlineLoop } from '../recipes/schema.ts';
import type { PreferencePair } from './pairs.ts';

/** `rows`: of predictions, which a row of a policy holds, or of whole sequences, whose last token a reward model reads too. */
export function shapeFor(
  pairs: readonly PreferencePair[],
  config: LmConfig,
  batch: number,
  rows: 'predictions' | 'whole' = 'predictions',
): OfflineShape {
  const less = rows === 'predictions' ? 1 : 0;
  const longest = pairs.reduce(
    (most, { prompt, chosen, rejected }) =>
      Math.max(most, prompt.length + Math.max(chosen.length, rejected.length) - less),
    8,
  );
  return {
    config,
    pairs: capacity(pairs.length),
    batch,
    // in steps of 8, so that short worlds don't pay for the whole context
    length: Math.min(config.context, Math.ceil(longest / 8) * 8),
    ties: pairs.some(({ sides }) => sides === 'none'),
  };
}

/** Room for the pairs of any round: one a prompt, of whatever length. */
export const shapeForRounds = (config: LmConfig, { prompts_per_round, batch }: OnlineLoop): OfflineShape => ({
  config,
  pairs: capacity(prompts_per_round),
  batch,
  length: config.context,
  ties: false,
});

/** Room for that many pairs: the next power of two, so that a few more labels don't change the layout. */
export function capacity(pairs: number): number {
  let room = 16;
  while (room < pairs) room *= 2;
  return room;
}
