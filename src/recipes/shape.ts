/** Which changes a run takes on its way. */
import { sameValue } from '../base/same.ts';
import type { Recipe } from './schema.ts';

/** Whether a run of one recipe can go on under the other: only numbers, labels and the objective differ. */
export function sameShape(a: Recipe, b: Recipe): boolean {
  const shape = ({ world, model, loop, seed }: Recipe): unknown => [
    world,
    model,
    loop.kind,
    loop.batch,
    loop.kind === 'online' ? [loop.prompts_per_round, loop.num_generations] : null,
    seed,
  ];
  return sameValue(shape(a), shape(b));
}
