/** A race side by side on WebGPU follows the same runs alone on WASM, within the tolerances of a single run. */
import { expect, it } from 'vitest';
import { openDevice } from '../../src/engine/open.ts';
import wasmUrl from '../../src/engine/wasm/kernels.wasm?url';
import { lmConfig } from '../../src/models/lm/config.ts';
import { initialParameters } from '../../src/models/lm/initialise.ts';
import { observe } from '../../src/runs/observe.ts';
import { blocksOf, openBlock } from '../../src/runs/race/block.ts';
import { raceJobs } from '../../src/runs/race/race.ts';
import { openRun } from '../../src/runs/runner.ts';
import { smallRecipe } from '../support/small-run.ts';
import { recipeOf, worldNamed } from '../support/worlds.ts';

const surroundings = { wasm: () => fetch(wasmUrl).then((r) => r.arrayBuffer()), gpu: navigator.gpu };
/** As in webgpu-run.test.ts: of a loss near 0.7 and of a sum of some twenty log-probs, after a few updates in float32. */
const TOLERANCE = { loss: 1e-4, logp: 5e-3 };
const STEPS = 3;
const PROMPT = 'phone-1';

it('follows WASM, arm by arm and seed by seed', async () => {
  const loop = { steps: STEPS, batch: 4, evaluate_every: STEPS };
  const arms = [{ name: 'sigmoid', options: { ld_alpha: 0.5, weighting: true } }, { name: 'simpo' }].map(
    (objective, i) => ({ name: `arm ${i}`, recipe: smallRecipe({ objective, loop }) }),
  );
  const jobs = raceJobs(arms, [1, 2]).map((job) => ({ ...job, recipe: recipeOf(job.recipe) }));
  const { words, context } = worldNamed('reviews');
  const config = lmConfig('nano', words.length, context);
  const base = (seed: number) => ({ config, parameters: initialParameters(config, seed) });

  const webgpu = await openDevice('webgpu', surroundings);
  expect(webgpu.info.largestArena).toBeGreaterThanOrEqual(2 ** 27);
  expect(blocksOf(jobs, arms.length, config, webgpu.info.largestArena)).toHaveLength(1);
  const recipes = jobs.map(({ recipe }) => recipe);
  const block = await openBlock(
    recipes,
    jobs.map(({ seed }) => base(seed)),
    webgpu,
    PROMPT,
  );
  const news = await block.advance(STEPS);

  for (const [lane, recipe] of recipes.entries()) {
    const wasm = await openDevice('wasm', surroundings);
    const run = await openRun(recipe, wasm, config, base(recipe.recipe.seed).parameters);
    const observer = await observe(run, PROMPT);
    const rows = await run.advance(STEPS);
    const own = news.find((one) => one.lane === lane);
    expect(own?.error).toBeNull();
    own?.rows.forEach((row, i) => {
      const other = rows[i] as typeof row;
      expect(Math.abs(row.loss - other.loss), `loss of run ${lane}`).toBeLessThan(TOLERANCE.loss);
      for (const key of ['logps/chosen', 'logps/rejected'] as const) {
        expect(Math.abs(row[key] - other[key]), `${key} of run ${lane}`).toBeLessThan(TOLERANCE.logp);
      }
    });
    const { evaluation, ranking } = await observer.evaluate();
    const seen = own?.seen;
    expect(seen?.ranking.responses.map(({ text }) => text)).toEqual(
      ranking.responses.map(({ text }) => text),
    );
    seen?.ranking.responses.forEach(({ logp }, i) =>
      expect(Math.abs(logp - (ranking.responses[i]?.logp as number))).toBeLessThan(TOLERANCE.logp),
    );
    expect(Math.abs((seen?.evaluation.entropy ?? NaN) - evaluation.entropy)).toBeLessThan(TOLERANCE.logp);
    wasm.dispose();
  }
  webgpu.dispose();
});
