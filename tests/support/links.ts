/** Links and files of the worlds that tests are about: the built-in ones, and the small one of somebody's own data. */
import type { Checked } from '../../src/base/errors.ts';
import * as codec from '../../src/links/codec.ts';
import type { Plain } from '../../src/links/compact.ts';
import * as cost from '../../src/links/cost.ts';
import * as read from '../../src/links/read.ts';
import type { SharedState } from '../../src/links/shared.ts';
import type { StoryCaps } from '../../src/links/story.ts';
import * as write from '../../src/links/write.ts';
import type { Recipe } from '../../src/recipes/schema.ts';
import { bringBeside, worldsOf } from '../../src/worlds/index.ts';
import type { World } from '../../src/worlds/world.ts';
import { smallWorld } from './small-data.ts';
import { WORLDS } from './worlds.ts';

export const OWN_WORLD = smallWorld();
export const LINK_WORLDS = worldsOf(...WORLDS.values(), OWN_WORLD);

/** As a page has it on which that file is open. */
const bring = bringBeside(OWN_WORLD);

function worldNamed(name: string): World {
  const world = LINK_WORLDS.get(name);
  if (world === undefined) throw new Error(`these tests know no world ${name}`);
  return world;
}

function worldOf(state: SharedState): World {
  const recipe = state.kind === 'lab' ? state.story.recipe : state.arms[0]?.recipe;
  return worldNamed((recipe as Recipe).world);
}

export const linkOf = (state: SharedState): Promise<codec.Linked> => codec.linkOf(state, worldOf(state));

export const readLink = (hash: string): Promise<Checked<SharedState> | null> => codec.readLink(hash, bring);

export const writeShared = (state: SharedState): Plain => write.writeShared(state, worldOf(state));

export const readShared = (json: unknown, caps?: StoryCaps): Checked<SharedState> =>
  read.readShared(json, LINK_WORLDS, caps);

export const writeSharedFile = (state: SharedState): Checked<string> =>
  codec.writeSharedFile(state, worldOf(state));

export const readSharedFile = (text: string): Promise<Checked<SharedState>> =>
  codec.readSharedFile(text, bring);

export const costOf = (state: SharedState): cost.Cost => cost.costOf(state, worldOf(state));

export const runCost = (recipe: Recipe, steps: number): cost.Cost =>
  cost.runCost(recipe, worldNamed(recipe.world), steps);
