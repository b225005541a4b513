/** The front door's numbers: every visitor that five pairs can have sees the ranking shift. On WASM, so to the bit what a page does. */
import { expect, it } from 'vitest';
import { loadBase, openInNode } from '../../src/cli/node-host.ts';
import { baseOf } from '../../src/runs/base.ts';
import type { CheckedRecipe } from '../../src/recipes/check.ts';
import { observe } from '../../src/runs/observe.ts';
import { openRun } from '../../src/runs/runner.ts';
import type { FirstPicture, Ranking } from '../../src/runs/views.ts';
import {
  CLEAR,
  factors,
  furthest,
  NUMBERS,
  PAIRS,
  rankedRows,
  ROUND,
} from '../../src/state/home/front-door.ts';
import { clearPairs } from '../../src/worlds/clear.ts';
import shipped from '../../public/models/reviews-micro/first-picture.json' with { type: 'json' };
import { recipeOf, worldNamed } from '../support/worlds.ts';

const world = worldNamed('reviews');
const pairs = clearPairs(world, 0, PAIRS, CLEAR);
const first = shipped as unknown as FirstPicture;
const shown = first.view.ranking;
const sentiment = (prompt: string, response: readonly number[]): number => {
  const asked = world.prompts.find(({ id }) => id === prompt);
  if (!asked) throw new Error(prompt);
  return world.score(asked, response)['sentiment'] as number;
};

/** Log-odds of the glad responses that are shown against the gloomy ones. */
function gladness(ranking: Ranking): number {
  const sum = (sign: number): number =>
    rankedRows(ranking)
      .filter(({ response }) => Math.sign(sentiment(ranking.prompt, response.tokens)) === sign)
      .reduce((total, { response }) => total + response.probability, 0);
  return Math.log(sum(1) / sum(-1));
}

const part = (name: string): object =>
  Object.fromEntries(
    Object.entries(NUMBERS).flatMap(([path, value]) =>
      path.startsWith(name) ? [[path.slice(name.length + 1), value]] : [],
    ),
  );

/** The recipe of the front door with these answers. */
const recipeWith = (recorded: readonly object[]): CheckedRecipe =>
  recipeOf({
    version: 1,
    world: 'reviews',
    labels: { labeler: 'noisy', rule: 'positive', count: 0, noise: 0, recorded },
    loop: part('loop'),
    optimiser: part('optimiser'),
  });

/** A run as the page opens it, before any answer; each visitor in turn has it from its beginning. */
async function openDoor() {
  const first = recipeWith([]);
  const base = await baseOf(first, { load: loadBase });
  const run = await openRun(first, await openInNode('wasm'), base.config, base.parameters);
  return { run, observer: await observe(run, shown.prompt) };
}

/** One of the 32: `glad[i]` says whether they prefer the glad review of pair i. */
async function visit({ run, observer }: Awaited<ReturnType<typeof openDoor>>, glad: readonly boolean[]) {
  const recorded = pairs.slice(0, ROUND).map((index, i) => {
    const { prompt, a, b } = world.pair(0, index);
    const aIsGlad = sentiment(prompt.id, a) > sentiment(prompt.id, b);
    const pair = { kind: 'stock', seed: 0, index, split: 'train' };
    return { pair, choice: aIsGlad === glad[i] ? 'a' : 'b', source: 'human' };
  });
  await run.reset();
  await run.setRecipe(recipeWith(recorded));
  const before = (await observer.evaluate()).ranking;
  const rows = await run.advance(NUMBERS['loop.steps']);
  const after = (await observer.evaluate()).ranking;
  const beta = run.recipe.objective.parameters['beta'] as number;
  return { before, after, factors: factors(rows, ROUND, beta) };
}

it('pairs differ in mood, not in length, and none of them says what the ranking shows', () => {
  expect(new Set(pairs).size).toBe(PAIRS);
  const ranked = new Set(rankedRows(shown).map(({ response }) => response.text));
  expect(ranked.size).toBe(8);
  for (const index of pairs) {
    const { prompt, a, b } = world.pair(0, index);
    expect(sentiment(prompt.id, a) * sentiment(prompt.id, b)).toBeLessThan(0);
    expect(Math.abs(a.length - b.length)).toBeLessThanOrEqual(4);
    for (const response of [a, b]) expect(ranked).not.toContain(world.decode(response));
  }
});

it('a world without clear pairs says so', () => {
  expect(() => clearPairs(world, 0, 1, { ...CLEAR, apart: 10 })).toThrow(/Only 0/);
});

it('all 32 visitors: what they chose rises, and the ranking shifts', async () => {
  const seen = { tops: 0, moved: 0, byMood: 0 };
  const door = await openDoor();
  for (let mask = 0; mask < 2 ** ROUND; mask++) {
    const glad = Array.from({ length: ROUND }, (_, i) => ((mask >> i) & 1) === 1);
    const { before, after, factors: times } = await visit(door, glad);
    const [was, is] = [rankedRows(before), rankedRows(after)];
    expect(
      was.every(({ place, before: then }) => place === then),
      'no bar has moved yet',
    ).toBe(true);
    expect(was.map(({ response }) => response.text)).toEqual(
      rankedRows(shown).map(({ response }) => response.text),
    );
    expect(times?.chosen, `visitor ${mask}`).toBeGreaterThan(1);
    expect(times?.rejected, `visitor ${mask}`).toBeLessThan(1);
    const mover = furthest(is)?.response;
    const change = Math.abs((mover?.logp ?? 0) - (mover?.refLogp ?? 0));
    expect(change, `visitor ${mask}`).toBeGreaterThan(Math.log(1.25));
    seen.tops += Number(was[0]?.i !== is[0]?.i);
    seen.moved += is.filter(({ place, before: then }) => place !== then).length / 2 ** ROUND;
    const count = glad.filter(Boolean).length;
    if (count >= 4 || count <= 1) seen.byMood += Number(gladness(after) > gladness(before) === count >= 4);
  }
  // the figures that stand beside NUMBERS; WASM gives the same bits everywhere
  expect(seen).toEqual({ tops: 20, moved: 206 / 32, byMood: 12 });
  door.run.device.dispose();
});
