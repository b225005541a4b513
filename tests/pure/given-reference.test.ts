/** Runs that are measured by a model from outside: the recipe that says so, their numbers, and what is missing. */
import { readFileSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { InvalidInputError } from '../../src/base/errors.ts';
import { stream } from '../../src/base/random.ts';
import { measuredBy } from '../../src/cli/given-reference.ts';
import { main } from '../../src/cli/main.ts';
import type { RunResult } from '../../src/cli/run.ts';
import { runStory } from '../../src/cli/run.ts';
import { openInNode } from '../../src/cli/node-host.ts';
import { batchPairs } from '../../src/training/offline.ts';
import type { Sequence } from '../../src/training/sequences.ts';
import { lmConfig } from '../../src/models/lm/config.ts';
import { initialParameters } from '../../src/models/lm/initialise.ts';
import { POLICY, REFERENCE } from '../../src/models/lm/programs.ts';
import { writePolicyOnnx, writeRewardOnnx } from '../../src/models/onnx/write.ts';
import { trainerOf } from '../../src/exports/cluster/trainer.ts';
import { changeLabels, changeObjective } from '../../src/recipes/change.ts';
import type { GivenReference } from '../../src/runs/given-reference.ts';
import { observe } from '../../src/runs/observe.ts';
import { preferencePairs } from '../../src/runs/pairs.ts';
import { raceIssues } from '../../src/runs/race/race.ts';
import { ENGINE } from '../../src/runs/receipt.ts';
import { openRun, type Run } from '../../src/runs/runner.ts';
import { type Recipe } from '../../src/recipes/schema.ts';
import { createScorer, scorerPrograms } from '../../src/runs/scorer.ts';
import { storyOf } from '../../src/runs/story.ts';
import type { Prompt } from '../../src/worlds/world.ts';
import { commandLine } from '../support/command-line.ts';
import { bigramOnnx } from '../support/bigram-onnx.ts';
import { linkOf, readLink } from '../support/links.ts';
import { lab } from '../support/shared-states.ts';
import { smallRecipe } from '../support/small-run.ts';
import { bench, inPhase, message, noGpu, request, value } from '../support/trainer-bench.ts';
import { canonicalText } from '../../src/recipes/check.ts';
import { checkRecipe, recipeOf, worldNamed } from '../support/worlds.ts';

const { printed, at } = commandLine();

const first = smallRecipe();
const world = worldNamed(first.world);
const { words } = world;
const prompt = world.prompts[0] as Prompt;
const config = lmConfig('nano', words.length, world.context);
const start = initialParameters(config, first.seed);
const SOME = 'c'.repeat(64);
const SOURCES = { world, load: () => Promise.reject(new Error('nothing is to be loaded')) };
const under = (sha256: string, changes: object = {}): Recipe =>
  smallRecipe({ model: { size: 'nano', start: 'fresh', reference: { kind: 'onnx', sha256 } }, ...changes });

const onnxOf = (parameters: Float32Array): Uint8Array => writePolicyOnnx({ config, parameters, words });
const shaOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

describe('the recipe', () => {
  const issues = (changes: object, model: object = { reference: { kind: 'onnx', sha256: SOME } }) => {
    const checked = checkRecipe({ ...first, ...changes, model });
    return checked.ok ? [] : checked.issues.map((issue) => `${issue.code} ${issue.at}: ${issue.cure}`);
  };

  it.each<[string, object, object | undefined, RegExp]>([
    ['a digest of another form', {}, { reference: { kind: 'onnx', sha256: 'ABC' } }, /^recipe\/regex model\.reference\.sha256: /],
    ['another kind of reference', {}, { reference: { kind: 'gguf', sha256: SOME } }, /^recipe\/literal model\.reference\.kind: /],
    ['a reference that is to move', { loop: { sync_ref_model: true } }, undefined, /^recipe\/reference-stays loop\.sync_ref_model: Turn it off, or leave model\.reference out\.$/],
    ['an objective that reads none', { objective: { name: 'simpo' } }, undefined, /^recipe\/ignored-parameter model\.reference: Leave it out, or choose an objective/],
  ])('%s is an issue', (_, changes, model, expected) => {
    expect(issues(changes, model)).toEqual([expect.stringMatching(expected)]);
  }); // prettier-ignore

  it('has the reference in its canonical text, and no key for it without', () => {
    expect(canonicalText(under(SOME))).toContain(`"start":"fresh","reference":{"kind":"onnx","sha256":"${SOME}"}`);
    expect(canonicalText(first)).not.toContain('reference');
  }); // prettier-ignore

  it('comes back from its link where the model is not', async () => {
    const linked = await linkOf(lab(under(SOME)));
    if (!('link' in linked)) throw new Error('too long');
    const read = await readLink(linked.link.slice(linked.link.indexOf('#')));
    expect(read?.ok && read.value).toMatchObject({
      story: { recipe: { model: { reference: { kind: 'onnx', sha256: SOME } } } },
    });
  });

  it('a run under it takes no objective that reads none', () => {
    const changed = changeObjective(recipeOf(under(SOME)), { name: 'simpo' });
    expect(changed.ok ? [] : changed.issues.map(({ at: where }) => where)).toEqual(['model.reference']);
  });
});

/** With what was asked of it. */
async function opened(name: string, recipe: Recipe = first) {
  const { story, reference } = await measuredBy(at(name), storyOf(recipe), world);
  const asked: Sequence[] = [];
  const logps: GivenReference['logps'] = (sequences) => (asked.push(...sequences), reference.logps(sequences));
  return { recipe: story.recipe, asked, reference: { ...reference, logps } };
} // prettier-ignore

async function open(recipe: Recipe, reference?: GivenReference): Promise<Run> {
  return openRun(recipeOf(recipe), await openInNode('wasm'), config, start, { reference });
}

/** Of a bigram model, in float64. */
const table = Float32Array.from({ length: words.length ** 2 }, (() => {
  const random = stream(3, 'bigram');
  return () => 4 * random.uniform() - 2;
})()); // prettier-ignore

function bigramLogps({ prompt: before, response }: Sequence): number[] {
  const all = [...before, ...response];
  return response.map((word, i) => {
    const row = (all[before.length + i - 1] as number) * words.length;
    const logits = [...table.subarray(row, row + words.length)];
    const sum = logits.reduce((total, logit) => total + Math.exp(logit), 0);
    return (logits[word] as number) - Math.log(sum);
  });
}

let trained: RunResult;
beforeAll(async () => {
  trained = await runStory(storyOf(first), first.loop.steps, 'wasm', SOURCES);
  writeFileSync(at('recipe.json'), JSON.stringify(first));
  writeFileSync(at('start.onnx'), onnxOf(start));
  writeFileSync(at('trained.onnx'), onnxOf(trained.parameters));
  writeFileSync(at('bigram.onnx'), bigramOnnx(table, words.length));
});

const NUMBERS = ['loss', 'rewards/chosen', 'rewards/rejected', 'rewards/margins', 'logps/chosen', 'logps/rejected', 'grad_norm'] as const; // prettier-ignore

describe('a model from outside as the reference', () => {
  it('is named by the SHA-256 of its file', async () => {
    const { recipe } = await opened('start.onnx');
    expect(recipe.model.reference).toEqual({ kind: 'onnx', sha256: shaOf(onnxOf(start)) });
  });

  it.each([['sigmoid'], ['kto'], ['ipo']])('the model before training gives the run that there is without it: %s', async (name) => {
    const recipe = smallRecipe({ objective: { name } });
    const { recipe: measured, reference } = await opened('start.onnx', recipe);
    const [plain, given] = [await open(recipe), await open(measured, reference)];
    const [a, b] = [await plain.advance(12), await given.advance(12)];
    for (const [i, row] of a.entries())
      for (const key of NUMBERS) {
        const tolerance = 2e-5 * (1 + Math.abs(row[key]));
        expect(Math.abs((b[i]?.[key] ?? NaN) - row[key]), `${key} at step ${i + 1}`).toBeLessThan(tolerance);
      }
    const [mine, theirs] = await Promise.all([plain, given].map(async (run) => (await observe(run, prompt.id)).evaluate())); // prettier-ignore
    expect(theirs?.evaluation.kl).toBeCloseTo(mine?.evaluation.kl ?? NaN, 5);
    theirs?.ranking.responses.forEach(({ reward }, i) => expect(reward).toBeCloseTo(mine?.ranking.responses[i]?.reward ?? NaN, 4)); // prettier-ignore
    plain.device.dispose();
    given.device.dispose();
  }); // prettier-ignore

  it('another one gives the rewards of an independent computation in float64', async () => {
    const { recipe, reference } = await opened('trained.onnx');
    const run = await open(recipe, reference);
    const pairs = preferencePairs(recipe.labels, world, recipe.seed, { tie: 'excluded', bothBad: 'excluded' }).pairs; // prettier-ignore
    const picked = batchPairs(recipe.seed, pairs.length, recipe.loop.batch, 1).map((p) => pairs[p]);
    const device = await openInNode('reference');
    await device.load(scorerPrograms(config));
    device.write(POLICY, trained.parameters);
    device.write(REFERENCE, start);
    const scorer = createScorer(device, config);
    const beta = recipe.objective.parameters['beta'] as number;
    const mean = async (side: 'chosen' | 'rejected'): Promise<number> => {
      const sequences = picked.map((pair) => ({ prompt: pair?.prompt ?? [], response: pair?.[side] ?? [] }));
      const [own, outside] = [await scorer.logps(sequences, 'start'), await scorer.logps(sequences, 'policy')]; // prettier-ignore
      return (beta * own.reduce((sum, x, i) => sum + x - (outside[i] as number), 0)) / own.length;
    };
    const [row] = await run.advance(1);
    expect(Math.abs(row?.['rewards/chosen'] ?? 0)).toBeGreaterThan(1e-3);
    expect(row?.['rewards/chosen']).toBeCloseTo(await mean('chosen'), 5);
    expect(row?.['rewards/rejected']).toBeCloseTo(await mean('rejected'), 5);
    run.device.dispose();
  });

  it('need not be one of ours; pictures go on comparing with the model before training', async () => {
    const { recipe, reference } = await opened('bigram.onnx');
    const run = await open(recipe, reference);
    const { evaluation, ranking } = await (await observe(run, prompt.id)).evaluate();
    expect(evaluation.kl).toBe(0);
    expect(ranking.kendallTau).toBe(1);
    const beta = recipe.objective.parameters['beta'] as number;
    for (const { tokens, logp, refLogp, reward } of ranking.responses) {
      expect(refLogp).toBe(logp);
      const outside = bigramLogps({ prompt: prompt.tokens, response: tokens });
      expect(reward).toBeCloseTo(beta * (logp - outside.reduce((sum, x) => sum + x, 0)), 4);
    }
    run.device.dispose();
  });

  it('answers the same bits whatever else is asked, each response once', async () => {
    const { recipe, reference, asked } = await opened('trained.onnx');
    const sequences = Array.from({ length: 5 }, (_, i) => {
      const pair = world.pair(9, i);
      return { prompt: pair.prompt.tokens, response: pair.a };
    });
    const together = await reference.logps(sequences);
    const alone = await reference.logps([sequences[3] as Sequence]);
    expect(alone[0]).toEqual(together[3]);

    asked.length = 0;
    const run = await open(recipe, reference);
    expect(asked.length).toBeGreaterThan(0);
    const counted = asked.length;
    const more = changeLabels(run.checked, { ...recipe.labels, count: recipe.labels.count + 2 });
    if (!more.ok) throw new InvalidInputError(more.issues);
    await run.setRecipe(more.value);
    expect(asked.length - counted).toBeLessThanOrEqual(4);
    await run.advance(2);
    await run.reset();
    expect(new Set(asked.map(({ prompt: p, response }) => `${p.join()}:${response.join()}`)).size).toBe(asked.length); // prettier-ignore
    run.device.dispose();
  });
});

describe('what can’t be a reference', () => {
  it('is named where the run is opened without it, or with another', async () => {
    const missing = /expected the ONNX model with SHA-256 c{64}, which this run’s loss is measured by, received no model/;
    await expect(open(under(SOME))).rejects.toThrow(missing);
    const { reference } = await opened('bigram.onnx');
    await expect(open(under(SOME), reference)).rejects.toThrow(`received the model with SHA-256 ${reference.sha256}`); // prettier-ignore
  }); // prettier-ignore

  it.each<[string, () => Uint8Array, RegExp]>([
    ['another vocabulary', () => bigramOnnx(new Float32Array(81), 9), /output "logits": expected float32 \[batch, length, 436\], received float32 \[batch, length, 9\]/],
    ['a reward model', () => writeRewardOnnx({ config, parameters: start, words }, { weight: new Float32Array(config.width), bias: 0 }), /the tensors: .*A reference must give logits/],
    ['no ONNX', () => Uint8Array.from([0x50, 0x4b, 3, 4, 0]), /expected an ONNX model, received a zip archive/],
  ])('%s', async (_, bytes, expected) => {
    writeFileSync(at('bad.onnx'), bytes());
    expect(await main(['run', at('recipe.json'), '--reference', at('bad.onnx')])).toBe(2);
    expect(printed.err).toMatch(expected);
  }); // prettier-ignore

  it('a model that finds a word impossible', async () => {
    const reference: GivenReference = {
      sha256: SOME,
      logps: (all) => Promise.resolve(all.map(({ response }) => response.map((_, i) => (i === 1 ? -Infinity : -1)))),
    }; // prettier-ignore
    await expect(open(under(SOME), reference)).rejects.toThrow(/a finite log-prob of every token, received -Infinity for word \d+/); // prettier-ignore
  });
});

it('the bits of today are listed under the engine of today', async () => {
  const { recipe, reference } = await opened('trained.onnx');
  const run = await open(recipe, reference);
  await run.advance(recipe.loop.steps);
  const bits = (await run.receipt())?.digest;
  run.device.dispose();
  const cure = `A run that is measured by a model from outside now has other bits (${bits}) than those of engine ${ENGINE}. Where
src/models/onnx/write.ts writes another graph, put ${bits} into tests/fixtures/reference-engines.json; where onnxruntime-web or our own
engine gives other bits, raise ENGINE in src/runs/receipt.ts and add a row, unless nothing was shared since the last.`;
  const listed = JSON.parse(readFileSync('tests/fixtures/reference-engines.json', 'utf8')) as Record<string, string>;
  expect(listed[ENGINE], cure).toBe(bits);
}); // prettier-ignore

describe('the trainer', () => {
  it('asks the page, gives the receipt of the command line, and says what the page says', async () => {
    const { recipe, reference } = await opened('trained.onnx');
    const { sha256 } = reference;
    const { trainer, until } = bench(noGpu);
    const asking = { ...request({ recipe, backend: 'wasm' }), reference: sha256 };
    let closed = false;
    const opening = trainer.open(asking, async (sequences) =>
      closed
        ? { ok: false, error: { name: 'StateError', message: 'It was closed.' } }
        : { ok: true, value: (await reference.logps(sequences)).map((logps) => [...logps]) },
    );
    value(await opening);
    const finished = until(inPhase('finished'));
    value(await trainer.train('r1'));
    await finished;
    const { receipt } = value(await trainer.told('r1'));
    const alone = await runStory(storyOf(recipe), recipe.loop.steps, 'wasm', { ...SOURCES, reference });
    expect(receipt).toEqual(alone.receipt);

    closed = true;
    const { count, noise, rule } = recipe.labels;
    const more = await trainer.setLabels('r1', { recorded: [], count: count + 5, noise, rule });
    expect(message(more)).toBe('It was closed.');
    const elsewhere = { ...asking, runId: 'r2' };
    expect(message(await trainer.open({ ...elsewhere, reference: SOME }, () => Promise.reject(new Error('not asked'))))).toContain(sha256); // prettier-ignore
    expect(message(await trainer.open({ ...request({ recipe }), runId: 'r3' }))).toMatch(/received no model/);
    await trainer.close();
  });
});

it('a race has none', () => {
  const arms = ['sigmoid', 'ipo'].map((name) => ({ name, recipe: under(SOME, { objective: { name } }) }));
  expect(raceIssues(arms).map(({ code, at: where }) => [code, where])).toEqual([
    ['race/reference', 'sigmoid.model.reference'],
    ['race/reference', 'ipo.model.reference'],
  ]);
});

it('no folder for a cluster leaves the reference out unsaid', () => {
  expect(() => trainerOf(under(SOME))).toThrow(/model\.reference: expected the model before training/);
  expect(trainerOf(first).own).toBeNull();
});

describe('the command line', () => {
  it('runs under it, shares the recipe that names it, and verifies with the same file only', async () => {
    expect(await main(['run', at('recipe.json'), '--reference', at('trained.onnx'), '--json'])).toBe(0);
    const { story, receipt, digest } = JSON.parse(printed.out) as RunResult;
    expect(story.recipe.model.reference?.sha256).toBe(shaOf(onnxOf(trained.parameters)));
    expect(digest).not.toBe(trained.digest);
    const linked = await linkOf({ ...lab(story.recipe), story, receipt });
    if (!('link' in linked)) throw new Error('too long');

    printed.out = '';
    expect(await main(['verify', linked.link, '--reference', at('trained.onnx')])).toBe(0);
    expect(printed.out).toMatch(/reproduced/i);
    expect(await main(['verify', linked.link])).toBe(2);
    expect(printed.err).toMatch(/model\.reference: expected the ONNX model with SHA-256 [0-9a-f]{64}/);
    printed.err = '';
    expect(await main(['verify', linked.link, '--reference', at('start.onnx')])).toBe(2);
    expect(printed.err).toMatch(
      /expected the file with SHA-256 [0-9a-f]{64}, received one with [0-9a-f]{64}/,
    );

    // what it ends with, as the reference of the next
    expect(
      await main(['onnx', 'export', linked.link, at('second.onnx'), '--reference', at('trained.onnx')]),
    ).toBe(0);
    const next = await opened('second.onnx');
    expect(next.recipe.model.reference).not.toEqual(story.recipe.model.reference);
    printed.err = '';
    expect(
      await main([
        'onnx',
        'export',
        at('recipe.json'),
        at('no.onnx'),
        '--reward',
        '--reference',
        at('start.onnx'),
      ]),
    ).toBe(2);
    expect(printed.err).toMatch(/--reference: expected it without --reward/);
  });

  it('says what goes with it and what does not', async () => {
    expect(await main(['run', at('recipe.json'), '--reference', at('nowhere.onnx')])).toBe(2);
    expect(printed.err).toMatch(/nowhere\.onnx: expected an ONNX file that can be read/);
    const linked = await linkOf({ ...lab(first), receipt: trained.receipt });
    if (!('link' in linked)) throw new Error('too long');
    expect(await main(['verify', linked.link, '--reference', at('start.onnx')])).toBe(2);
    expect(printed.err).toMatch(/--reference: expected a run that names one/);
  });
});
