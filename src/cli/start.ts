/**
 * What a command trains: a link, a shared file or a recipe; on the data of one's own that `--data` names, from the model that
 * `--model` names. The one place where these are resolved.
 */
import type { BaseSource } from '../runs/base.ts';
import type { GivenReference } from '../runs/given-reference.ts';
import type { LabState } from '../links/shared.ts';
import { OPEN_VIEW } from '../links/visible.ts';
import type { Recipe } from '../recipes/schema.ts';
import { storyOf } from '../runs/story.ts';
import { startingFrom } from './given-model.ts';
import { measuredBy } from './given-reference.ts';
import type { Options, Parsed } from './input.ts';
import { checkedRecipe, mistake, readJson, seedOption } from './input.ts';
import { DATA_OPTIONS, openData, type OwnData } from './own-data.ts';
import { neededBy, readLab, readShared } from './shared.ts';
import { loadBase } from './node-host.ts';
import { bringBeside, type BringWorld } from '../worlds/index.ts';
import type { World } from '../worlds/world.ts';

export const START_OPTIONS: Options = { ...DATA_OPTIONS, '--model': 'a folder or zip with a model' };

/** For commands that tell a story. */
export const STORY_OPTIONS: Options = { ...START_OPTIONS, '--reference': 'an ONNX file' };

/** What runs start from, beside their recipe. */
export interface Sources extends BaseSource {
  world: World;
  /** The model of `--reference`. */
  reference?: GivenReference | undefined;
}

export interface Started extends Sources {
  state: LabState;
}

/**
 * `word`: a link or file; with `--data` it may be left out, for a recipe of defaults. `again`: the run is to be told again as
 * it was, so no model may take the place of what it names.
 */
export async function start(
  word: string | undefined,
  options: Parsed['options'],
  again = false,
): Promise<Started> {
  const seed = seedOption(options);
  const data = await openData(options, word === undefined ? null : await neededBy(word));
  const bring = bringBeside(...(data === null ? [] : [data.world]));
  const state =
    data === null ? await readLab(word as string, seed, bring) : await stateOn(data, word, seed, bring);
  const world = (await bring(state.story.recipe.world)) as World; // its recipe was checked in it
  if (again) refuseUnnamed(state.story.recipe, options);
  const model = options.get('--model');
  const from = model === undefined ? { story: state.story } : await startingFrom(model, state.story, world);
  const path = options.get('--reference');
  const { story, reference } =
    path === undefined ? { story: from.story } : await measuredBy(path, from.story, world);
  const { load = loadBase } = data ?? {};
  return { state: { ...state, story }, world, load, given: from.given, reference };
}

function refuseUnnamed({ model: { digest, reference } }: Recipe, options: Parsed['options']): void {
  const rows = [
    ['--model', digest, 'it starts from its world’s own base'],
    ['--reference', reference, 'it is measured by the model before training'],
  ] as const;
  const [option, , why] = rows.find(([name, named]) => options.has(name) && named === undefined) ?? [];
  if (option === undefined) return;
  throw mistake('argument', option, 'a run that names one', 'a run without', `Leave ${option} out: ${why}.`);
}

async function stateOn(
  data: OwnData,
  word: string | undefined,
  seed: number | null,
  bring: BringWorld,
): Promise<LabState> {
  const shared = word === undefined ? null : await readShared(word, seed, bring);
  if (word !== undefined && shared !== null) {
    const state = await readLab(word, seed, bring);
    const { world } = state.story.recipe;
    if (world === data.world.name) return state;
    throw mistake('argument', '--data', `no --data: the run is on the world ${world}`, 'it', 'Leave it out.');
  }
  const value = word === undefined ? {} : await readJson(word);
  const { recipe } = await checkedRecipe(data.complete(value), bring, seed, word ?? 'recipe');
  const source = data.source(recipe.model.size);
  return { kind: 'lab', story: storyOf(recipe), receipt: null, view: OPEN_VIEW, data: source };
}
