/** Runs that start from a model that was brought: the recipe that says so, and the same model at step 0. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { unzipSync } from 'fflate';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { InvalidInputError } from '../../src/base/errors.ts';
import { startingFrom } from '../../src/cli/given-model.ts';
import { main } from '../../src/cli/main.ts';
import type { RunResult } from '../../src/cli/run.ts';
import { runStory } from '../../src/cli/run.ts';
import { openInNode } from '../../src/cli/node-host.ts';
import { baseOf, type Base } from '../../src/runs/base.ts';
import { broughtModel } from '../../src/runs/given.ts';
import { observe } from '../../src/runs/observe.ts';
import { openRun } from '../../src/runs/runner.ts';
import { type Recipe } from '../../src/recipes/schema.ts';
import { storyOf } from '../../src/runs/story.ts';
import type { TokenView } from '../../src/runs/views.ts';
import type { Prompt } from '../../src/worlds/world.ts';
import { commandLine } from '../support/command-line.ts';
import { linkOf, readLink } from '../support/links.ts';
import { lab } from '../support/shared-states.ts';
import { smallRecipe } from '../support/small-run.ts';
import { canonicalText } from '../../src/recipes/check.ts';
import { checkRecipe, recipeOf, worldNamed } from '../support/worlds.ts';

const { printed, at } = commandLine();

const first = smallRecipe();
const world = worldNamed(first.world);
const prompt = world.prompts[0] as Prompt;
const SOME = 'b'.repeat(16);
const given = (digest: string, size = 'nano'): Recipe =>
  smallRecipe({ model: { size, start: 'given', digest } });
const nothing = (): Promise<Base> => Promise.reject(new Error('nothing is to be loaded'));

describe('the recipe', () => {
  const issues = (model: object) => {
    const checked = checkRecipe({ ...first, model });
    return checked.ok ? [] : checked.issues.map((issue) => `${issue.code} ${issue.at}: ${issue.cure}`);
  };

  it.each<[string, object, RegExp]>([
    ['a given start without a digest', { start: 'given' }, /^recipe\/no-digest model\.digest: Give it/],
    ['a digest with another start', { start: 'fresh', digest: SOME }, /^recipe\/ignored-parameter model\.digest: Leave it out/],
    ['a digest of another form', { start: 'given', digest: 'ABC' }, /^recipe\/regex model\.digest: /],
  ])('%s is an issue', (_, model, expected) => {
    expect(issues(model)).toEqual([expect.stringMatching(expected)]);
  }); // prettier-ignore

  it('has the digest in its canonical text, and no key for it without', () => {
    expect(canonicalText(given(SOME))).toContain(`"model":{"kind":"lm","size":"nano","start":"given","digest":"${SOME}"}`); // prettier-ignore
    expect(canonicalText(first)).toContain('"model":{"kind":"lm","size":"nano","start":"fresh"}');
  });

  it('comes back from its link where the model is not', async () => {
    const linked = await linkOf(lab(given(SOME)));
    if (!('link' in linked)) throw new Error('too long');
    const read = await readLink(linked.link.slice(linked.link.indexOf('#')));
    expect(read?.ok && read.value).toMatchObject({ story: { recipe: { model: { start: 'given', digest: SOME } } } }); // prettier-ignore
  });
});

describe('a model that was trained, taken along and brought', () => {
  let trained: RunResult;
  let before: TokenView;
  const response = world.pair(0, 0, 'train').a;

  const wordsUnder = async (recipe: Recipe, parameters: Float32Array): Promise<TokenView> => {
    const { config } = await baseOf({ recipe: first, world }, { load: nothing });
    const run = await openRun(recipeOf(recipe), await openInNode('wasm'), config, parameters);
    const view = await (await observe(run, prompt.id)).tokens(prompt.id, response);
    run.device.dispose();
    return view;
  };

  beforeAll(async () => {
    vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    writeFileSync(at('recipe.json'), JSON.stringify(first));
    trained = await runStory(storyOf(first), first.loop.steps, 'wasm', { world, load: nothing });
    before = await wordsUnder(first, trained.parameters);
    await main(['export', 'hf', at('recipe.json'), at('model.zip')]);
    mkdirSync(at('model'));
    for (const [name, bytes] of Object.entries(unzipSync(readFileSync(at('model.zip')))))
      writeFileSync(at(`model/${name}`), bytes);
  });

  it.each(['model', 'model.zip'])('gives the same log-probs at step 0, from %s', async (name) => {
    const { story, given: brought } = await startingFrom(at(name), storyOf(first), world);
    const { recipe } = story;
    expect(recipe.model).toEqual({ kind: 'lm', size: 'nano', start: 'given', digest: trained.digest });
    const { parameters } = await baseOf({ recipe, world }, { load: nothing, given: brought });
    expect(parameters).toEqual(trained.parameters);
    const now = await wordsUnder(recipe, parameters);
    expect(now.logps).toEqual(before.logps);
    expect(now.refLogps).toEqual(now.logps);
    expect((await wordsUnder(first, (await baseOf({ recipe: first, world }, { load: nothing })).parameters)).logps).not.toEqual(now.logps); // prettier-ignore
  });

  it('runs on the command line, also by a recipe that names it', async () => {
    writeFileSync(at('given.json'), JSON.stringify(given(trained.digest)));
    const digests: string[] = [];
    for (const recipe of ['recipe.json', 'given.json']) {
      printed.out = '';
      expect(await main(['run', at(recipe), '--model', at('model'), '--json'])).toBe(0);
      const result = JSON.parse(printed.out) as RunResult;
      expect(result.evaluations[0]).toMatchObject({ step: 0, kl: 0, entropy: trained.evaluations.at(-1)?.entropy });
      digests.push(result.digest);
    }
    expect(digests[0]).toBe(digests[1]);
    expect(digests[0]).not.toBe(trained.digest);
  }); // prettier-ignore

  it('is refused where another is asked for, or where the folder holds none', async () => {
    writeFileSync(at('other.json'), JSON.stringify(given(SOME)));
    expect(await main(['run', at('other.json'), '--model', at('model')])).toBe(2);
    expect(printed.err).toMatch(
      /expected the model with digest b{16}, received one with digest [0-9a-f]{16}/,
    );
    expect(await main(['run', at('recipe.json'), '--model', at('.')])).toBe(2);
    expect(printed.err).toMatch(/file config\.json: expected to be in the folder/);
    expect(await main(['run', at('recipe.json'), '--model', at('nowhere')])).toBe(2);
    expect(printed.err).toMatch(/a folder or zip that can be read/);
  });
});

describe('a model that is not here', () => {
  it('is told with a cure, by the command line too', async () => {
    await expect(baseOf({ recipe: given(SOME), world }, { load: nothing })).rejects.toThrow(
      InvalidInputError,
    );
    writeFileSync(at('lost.json'), JSON.stringify(given(SOME)));
    expect(await main(['run', at('lost.json')])).toBe(2);
    expect(printed.err).toContain(`Open the folder with digest ${SOME} under “Take it with you” first`);
  });

  it('is not mistaken for one of another size', async () => {
    const brought = broughtModel(new Float32Array(12));
    const recipe = given(brought.digest);
    await expect(baseOf({ recipe, world }, { load: nothing, given: brought })).rejects.toThrow(/received 12 parameters under/); // prettier-ignore
  });
});
