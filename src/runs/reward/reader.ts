/** Reads a reward model that is loaded on a device: rewards of any responses. Changes no parameter. */
import type { Device, Values } from '../../engine/backend.ts';
import type { Graph } from '../../engine/graph.ts';
import { lastTokens, wholeRows } from '../../training/reward.ts';
import type { Sequence } from '../../training/sequences.ts';
import type { LmConfig } from '../../models/lm/config.ts';
import { rewardScoreProgram } from '../../models/lm/head.ts';
import { PAD } from '../../worlds/world.ts';

/** Rows of one run of the program. */
const ROWS = 16;
const PROGRAM = 'rewards';

export function rewardReaderPrograms(config: LmConfig): Record<string, Graph> {
  return { [PROGRAM]: rewardScoreProgram(config, ROWS, config.context) };
}

export function createRewardReader(
  device: Device,
  { context }: LmConfig,
): (sequences: readonly Sequence[]) => Promise<number[]> {
  return async (sequences) => {
    const filled = [...sequences];
    while (filled.length % ROWS !== 0) filled.push({ prompt: [PAD], response: [] });
    const blocks = Array.from({ length: filled.length / ROWS }, (_, i) =>
      wholeRows(filled.slice(i * ROWS, (i + 1) * ROWS), context),
    );
    const order = Array.from({ length: ROWS }, (_, i) => i);
    const outputs = await device.run(
      PROGRAM,
      blocks.map((block) => ({ tokens: block.tokens, last: lastTokens(block, order) })),
    );
    return outputs.flatMap((output) => Array.from(output['reward'] as Values)).slice(0, sequences.length);
  };
}
