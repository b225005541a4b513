/**
 * The worlds that are built in. Each is a folder here: `about.ts` says what it is, for whoever only lists it; `index.ts` exports
 * the world itself, which loads when it is wanted. Nothing else names one.
 */
import { StateError } from '../base/errors.ts';
import type { AboutWorld, GrammarWorld, World } from './world.ts';

/** Worlds by name: what a recipe may name is handed to whoever checks it. */
export type Worlds = ReadonlyMap<string, World>;

const about = import.meta.glob<AboutWorld>('./*/about.ts', { eager: true, import: 'about' });
const rooms = import.meta.glob<GrammarWorld>('./*/index.ts', { import: 'world' });

const pathOf = new Map(
  Object.entries(about).map(([path, { name }]) => [name, path.replace('about.ts', 'index.ts')]),
);

/** In the order in which they are offered. */
export const WORLD_NAMES: readonly string[] = Object.values(about)
  .sort((a, b) => a.order - b.order)
  .map(({ name }) => name);

/** The world that pages open with. */
export const FIRST_WORLD = WORLD_NAMES[0] as string;

/** Names of worlds that are made of data: `data-` and the digest of their encoded form. */
export const DATA_WORLD = /^data-[0-9a-f]{16}$/;

/** One that is built in; undefined for any other name. */
export async function bringWorld(name: string): Promise<GrammarWorld | undefined> {
  const load = rooms[pathOf.get(name) ?? ''];
  const world = await load?.();
  if (world !== undefined && world.name !== name)
    throw new StateError(`the world of ${pathOf.get(name)} calls itself ${world.name}.`);
  return world;
}

/** One of a name that must be known; StateError for any other. */
export async function builtInWorld(name: string): Promise<GrammarWorld> {
  const world = await bringWorld(name);
  if (world === undefined)
    throw new StateError(`No world "${name}" is built in. There are: ${WORLD_NAMES.join(', ')}.`);
  return world;
}

export const worldsOf = (...worlds: readonly World[]): Worlds =>
  new Map(worlds.map((world) => [world.name, world]));

/** Brings the world of a name: one that is built in, or one of somebody's data that is open; undefined where there is none. */
export type BringWorld = (name: string) => Promise<World | undefined>;

/** Brings what a recipe, checked or not, names as its world; an empty map where it names none that there is. */
export async function worldsIn(recipe: unknown, bring: BringWorld = bringWorld): Promise<Worlds> {
  const named = typeof recipe === 'object' && recipe !== null && 'world' in recipe ? recipe.world : undefined;
  const world = typeof named === 'string' ? await bring(named) : undefined;
  return world === undefined ? worldsOf() : worldsOf(world);
}

/** What is built in, and these. */
export const bringBeside =
  (...worlds: readonly World[]): BringWorld =>
  async (name) =>
    worlds.find((world) => world.name === name) ?? bringWorld(name);
