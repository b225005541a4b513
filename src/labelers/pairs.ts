/** From a pair's reference back to its prompt and its two responses. */
import { UnknownNameError } from '../base/errors.ts';
import type { World } from '../worlds/world.ts';
import type { Candidates, PairReference } from './labeler.ts';

export function pairOf(world: World, reference: PairReference): Candidates {
  if (reference.kind === 'stock') return world.pair(reference.seed, reference.index, reference.split);
  const prompt = world.prompts.find((candidate) => candidate.id === reference.prompt);
  if (!prompt) {
    throw new UnknownNameError(
      `The world "${world.name}" has no prompt "${reference.prompt}". Check labels before use.`,
    );
  }
  return { prompt, a: reference.a, b: reference.b };
}
