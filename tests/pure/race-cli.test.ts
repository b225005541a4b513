/** The command line's race side by side gives what its runs one by one give. */
import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { StateError } from '../../src/base/errors.ts';
import { sideBySide } from '../../src/cli/race.ts';
import { runStory } from '../../src/cli/run.ts';
import { openWasm } from '../../src/engine/wasm/index.ts';
import { raceJobs } from '../../src/runs/race/race.ts';
import { storyOf } from '../../src/runs/story.ts';
import { smallRecipe } from '../support/small-run.ts';
import { worldNamed } from '../support/worlds.ts';

const open = () => openWasm(() => readFile('src/engine/wasm/kernels.wasm'));
const SOURCES = {
  world: worldNamed('reviews'),
  load: () => Promise.reject(new Error('a fresh start loads nothing')),
};
const arms = (changes: object = {}) =>
  ['sigmoid', 'simpo'].map((name) => ({ name, recipe: smallRecipe({ objective: { name }, ...changes }) }));

it('the same rows, evaluations, samples and digests', async () => {
  const jobs = raceJobs(arms(), [1, 2]);
  const results: unknown[] = [];
  await sideBySide(jobs, 2, await open(), ({ recipe }, result) => results.push({ recipe, ...result }), SOURCES); // prettier-ignore
  expect(results).toHaveLength(4);
  for (const [i, { recipe }] of jobs.entries()) {
    const { metrics, evaluations, samples, digest } = await runStory(
      storyOf(recipe),
      recipe.loop.steps,
      'wasm',
      SOURCES,
    );
    expect(results[i]).toEqual({ recipe, metrics, evaluations, samples, digest });
  }
});

it('a run that fails ends the command with its words', async () => {
  const jobs = raceJobs(arms({ labels: { rule: 'positive', count: 0 } }), [1]);
  await expect(sideBySide(jobs, 2, await open(), () => undefined, SOURCES)).rejects.toThrow(StateError);
});
