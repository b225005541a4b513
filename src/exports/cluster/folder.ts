/** "Take it to a cluster": a folder that trains the recipe with TRL on as many GPUs as there are. */
import type { World } from '../../worlds/world.ts';
import type { Recipe } from '../../recipes/schema.ts';
import type { Files } from '../archive.ts';
import { ACCELERATE } from './accelerate.ts';
import { clusterData } from './data.ts';
import { clusterReadme } from './readme.ts';
import { REQUIREMENTS } from './requirements.ts';
import { trainScript } from './train-py.ts';
import { trainerOf } from './trainer.ts';

/** `checkpoint`: the files of the model that the run starts from. Throws InvalidInputError where no labels can train it. */
export function clusterFiles(recipe: Recipe, world: World, checkpoint: Files): Files {
  const { setup, own, whyOwn } = trainerOf(recipe);
  const unpaired = setup.config === 'KTOConfig';
  const data = clusterData(recipe, world, unpaired, own?.columns ?? []);
  return {
    ...Object.fromEntries(Object.entries(checkpoint).map(([name, file]) => [`checkpoint/${name}`, file])),
    'data/train.jsonl': data.train,
    'data/eval.jsonl': data.eval,
    'train.py': trainScript(setup, own, world.context),
    ...(own === null ? {} : { 'loss.py': own.text }),
    ...ACCELERATE,
    'requirements.txt': REQUIREMENTS,
    'README.md': clusterReadme({ recipe, setup, own, whyOwn, data, unpaired, world }),
  };
}
