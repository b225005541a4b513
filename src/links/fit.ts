/** A link that has room for less than a file: of what was seen it carries as much as fits. */
import type { World } from '../worlds/world.ts';
import { linkOf, type Linked } from './codec.ts';
import { thinned, type Seen } from './seen.ts';
import type { SharedState } from './shared.ts';

/** Points a curve and samples, from the fullest on. */
const LEVELS: readonly (readonly [points: number, samples: number])[] = [
  [24, 6],
  [16, 6],
  [12, 6],
  [12, 4],
  [8, 4],
  [8, 2],
  [6, 1],
  [6, 0],
];

export interface Fitted {
  linked: Linked;
  /** What the link carries of what was seen; null where it has no room for any of it. */
  seen: Seen | null;
}

/** As `linkOf`, with as much of what was seen as there is room for. */
export async function fittingLink(state: SharedState, world: World): Promise<Fitted> {
  if (state.kind === 'race' || state.seen === undefined)
    return { linked: await linkOf(state, world), seen: null };
  const { seen, ...bare } = state;
  for (const [i, [points, samples]] of LEVELS.entries()) {
    const thin = thinned(seen, points, samples);
    if (Object.keys(thin).length === 0) break;
    const linked = await linkOf({ ...bare, seen: thin }, world);
    if ('link' in linked) return { linked, seen: thin };
    // what is too long even without any of it is not tried at every level
    const without = i === 0 ? await linkOf(bare, world) : null;
    if (without !== null && !('link' in without)) return { linked: without, seen: null };
  }
  return { linked: await linkOf(bare, world), seen: null };
}
