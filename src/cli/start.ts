/**
 * What a command trains: a link, a shared file or a recipe; on the data of one's own that `--data` names, from the model that
 * `--model` names. The one place where these are resolved.
 */
import type { Base } from '../runs/base.ts';
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
import { loadBase } from './surroundings.ts';

export const START_OPTIONS: Options = { ...DATA_OPTIONS, '--model': 'a folder or zip with a model' };

/** For commands that tell a story. */
export const STORY_OPTIONS: Options = { ...START_OPTIONS, '--reference': 'an ONNX file' };

export interface Started {
  state: LabState;
  /** The base policy of the state's world. */
  load: (world: string, size: string) => Promise<Base>;
  /** The model of `--reference`. */
  reference: GivenReference | undefined;
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
  const state = data === null ? await readLab(word as string, seed) : await stateOn(data, word, seed);
  if (again) refuseUnnamed(state.story.recipe, options);
  const model = options.get('--model');
  const started = model === undefined ? state.story : await startingFrom(model, state.story);
  const path = options.get('--reference');
  const { story, reference } =
    path === undefined ? { story: started, reference: undefined } : await measuredBy(path, started);
  return { state: { ...state, story }, load: data?.load ?? loadBase, reference };
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

async function stateOn(data: OwnData, word: string | undefined, seed: number | null): Promise<LabState> {
  const shared = word === undefined ? null : await readShared(word, seed);
  if (word !== undefined && shared !== null) {
    const state = await readLab(word, seed);
    const { world } = state.story.recipe;
    if (world === data.world.name) return state;
    throw mistake('argument', '--data', `no --data: the run is on the world ${world}`, 'it', 'Leave it out.');
  }
  const value = word === undefined ? {} : await readJson(word);
  const recipe = checkedRecipe(data.complete(value), seed, word ?? 'recipe');
  const source = data.source(recipe.model.size);
  return { kind: 'lab', story: storyOf(recipe), receipt: null, view: OPEN_VIEW, data: source };
}
