/**
 * All worlds by name. A world that is built in is a folder here whose `index.ts` exports `world`; nothing else names it.
 * One that is made of a visitor's own data is made known here, to whatever checks and runs recipes in the same thread.
 */
import { StateError, UnknownNameError } from '../base/errors.ts';
import type { GrammarWorld, World } from './world.ts';

const rooms = import.meta.glob<GrammarWorld>('./*/index.ts', { eager: true, import: 'world' });
const builtIn = new Map(Object.values(rooms).map((world) => [world.name, world]));
const known = new Map<string, World>(builtIn);

export const worlds: ReadonlyMap<string, World> = known;

/** Names of worlds that are made of data: `data-` and the digest of their encoded form. */
export const DATA_WORLD = /^data-[0-9a-f]{16}$/;

/** From now on recipes may name this world. StateError for a name that no world of data has. */
export function knowWorld(world: World): void {
  if (!DATA_WORLD.test(world.name))
    throw new StateError(`"${world.name}" is no name of a world made of data.`);
  known.set(world.name, world);
}

export function worldNamed(name: string): World {
  const world = worlds.get(name);
  if (!world) throw new UnknownNameError(`No world "${name}". There are: ${[...worlds.keys()].join(', ')}.`);
  return world;
}

/** One of those that are built in. */
export function grammarWorldNamed(name: string): GrammarWorld {
  const world = builtIn.get(name);
  if (!world)
    throw new UnknownNameError(
      `No world "${name}" with a grammar. There are: ${[...builtIn.keys()].join(', ')}.`,
    );
  return world;
}
