/** `--model FOLDER`: a run that starts from a model of one's own, as the Lab's "Start from it" does. */
import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { GivenModel } from '../exports/read-model.ts';
import { readModel } from '../exports/read-model.ts';
import { CHECKPOINT_FILES } from '../models/checkpoint/index.ts';
import type { BroughtModel } from '../runs/given.ts';
import type { Trained } from '../recipes/objective.ts';
import type { Recipe } from '../recipes/schema.ts';
import { checkedIn } from '../recipes/check.ts';
import type { Story } from '../runs/story.ts';
import type { World } from '../worlds/world.ts';
import { mistake } from './input.ts';

/**
 * The story with the model at `path` (a Hugging Face folder, or a zip of one) as its start, in place of what it names. One
 * that names a model by its digest takes just that model.
 */
export async function startingFrom(
  path: string,
  { recipe, changes }: Story,
  world: World,
  trained: Trained = 'policy',
): Promise<{ story: Story; given?: BroughtModel }> {
  const model = await modelAt(path, world);
  const { digest: asked } = recipe.model;
  if (asked !== undefined && asked !== model.digest) {
    const cure = 'Give the folder that the recipe was made with, or leave model out of the recipe.';
    throw mistake('model', path, `the model with digest ${asked}`, `one with digest ${model.digest}`, cure);
  }
  const from = (one: Recipe): Recipe => {
    const { size, digest } = model;
    const started = { ...one, model: { ...one.model, size, start: 'given', digest } };
    return checkedIn(world, started, trained).recipe;
  };
  const story = {
    recipe: from(recipe),
    changes: changes.map((one) => ({ ...one, recipe: from(one.recipe) })),
  };
  return { story, given: { digest: model.digest, parameters: model.parameters } };
}

async function modelAt(path: string, world: World): Promise<GivenModel> {
  const found = await stat(path).catch((error: unknown) => {
    throw mistake('no-file', path, 'a folder or zip that can be read', String(error), 'Check the path.');
  });
  const names = found.isDirectory() ? [...CHECKPOINT_FILES, 'tokenizer.json'].map((name) => `${path}/${name}`) : [path]; // prettier-ignore
  const files = await Promise.all(
    names.map(async (name) => {
      const bytes = await readFile(name).catch(() => null); // one that is missing is named by what reads them
      return bytes === null ? [] : [[basename(name), new Uint8Array(bytes)] as const];
    }),
  );
  const read = readModel(Object.fromEntries(files.flat()), world);
  if (read.ok) return read.model;
  const cure = 'Give a folder that sway export hf has written, or one like it.';
  throw mistake('model', path, 'a model of this world', read.why, cure);
}
