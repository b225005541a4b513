/** All worlds by name. A world is a folder here whose `index.ts` exports `world`; nothing else names it. */
import { UnknownNameError } from '../base/errors.ts';
import type { World } from './world.ts';

const rooms = import.meta.glob<World>('./*/index.ts', { eager: true, import: 'world' });

export const worlds: ReadonlyMap<string, World> = new Map(
  Object.values(rooms).map((world): [string, World] => [world.name, world]),
);

export function worldNamed(name: string): World {
  const world = worlds.get(name);
  if (!world) throw new UnknownNameError(`No world "${name}". There are: ${[...worlds.keys()].join(', ')}.`);
  return world;
}
