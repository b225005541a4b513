/** Files of losses computed elsewhere, run on a device: what is not as it should be. */
import { readLossCases } from '../../src/cli/loss-cases.ts';
import { checkCase } from '../../src/cli/loss-check.ts';
import type { Device } from '../../src/engine/backend.ts';
import { openReference } from '../../src/engine/reference/index.ts';
import numpy from '../fixtures/losses-numpy.json' with { type: 'json' };
import trl from '../fixtures/trl-losses.json' with { type: 'json' };

/** By TRL itself (revision f2cd5771), and worked out again in numpy over more options and larger log-probs. */
export const LOSS_FILES = { 'trl-losses.json': trl, 'losses-numpy.json': numpy } as const;

/** One line a case that is not fine. */
export async function lossMistakes(device: Device, file: unknown): Promise<string[]> {
  const cases = readLossCases(file);
  if (!cases.ok) return cases.issues.map(({ at, expected }) => `${at}: ${expected}`);
  const reference = openReference();
  const mistakes: string[] = [];
  for (const one of cases.value) {
    const { verdict, worst } = await checkCase(device, reference, one);
    if (verdict !== 'fine') mistakes.push(`${one.at} ${one.label}: ${verdict}, ${worst}`);
  }
  return mistakes;
}
