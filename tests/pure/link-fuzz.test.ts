/**
 * 100,000 links from nowhere: whatever they hold, they are refused with words or give a state that is checked, costs what is
 * known, prints and configures a run. Nothing throws, nothing takes long, nothing of them becomes markup.
 */
import katex from 'katex';
import { expect, it } from 'vitest';
import type { Issue } from '../../src/base/errors.ts';
import { planArena } from '../../src/engine/plan.ts';
import { printTex } from '../../src/formulas/tex.ts';
import { offlineProgram } from '../../src/loops/offline.ts';
import { lmConfig } from '../../src/models/lm/config.ts';
import { readLink, readSharedFile } from '../../src/recipes/link/codec.ts';
import { costIssues, costOf } from '../../src/recipes/link/cost.ts';
import { readShared } from '../../src/recipes/link/read.ts';
import type { SharedState } from '../../src/recipes/link/shared.ts';
import { controlsOf } from '../../src/recipes/link/view.ts';
import { isLocked } from '../../src/recipes/link/visible.ts';
import { writeShared } from '../../src/recipes/link/write.ts';
import { undecidedMeanings } from '../../src/recipes/objective.ts';
import { preferencePairs } from '../../src/recipes/pairs.ts';
import type { Recipe } from '../../src/recipes/schema.ts';
import { canonicalText, checkRecipe, formulaOf } from '../../src/recipes/schema.ts';
import { worldNamed } from '../../src/worlds/index.ts';
import { hostileLink } from '../support/hostile-links.ts';
import { STATES } from '../support/shared-states.ts';

const COUNT = 100_000;
const SEED = 1;
/** Building a program takes long; every so many states that were read get one. */
const BUILD_EVERY = 40;
/** A link that takes longer than this hangs; how long the slowest took is told beside it. */
const HANG_MS = 10_000;

const jsons = Object.values(STATES).map((state) => JSON.stringify(writeShared(state)));

const recipesOf = (state: SharedState): Recipe[] =>
  state.kind === 'lab'
    ? [state.story.recipe, ...state.story.changes.map((change) => change.recipe)]
    : state.arms.map((arm) => arm.recipe);

function expectIssues(issues: readonly Issue[]): void {
  if (issues.length === 0 || issues.length > 20) throw new Error(`${issues.length} issues`);
  for (const { code, at, expected, received, cure } of issues) {
    const texts = [code, at, expected, received, cure];
    if (!/^[a-z]+\/[a-z0-9-]+$/.test(code)) throw new Error(`code ${code}`);
    if (texts.some((text) => typeof text !== 'string' || text === '')) throw new Error(`an empty text: ${JSON.stringify(texts)}`);
    if (at.length > 600 || received.length > 600) throw new Error(`a long text: ${at} ${received}`);
    if (/[\p{Cc}\p{Surrogate}\u202a-\u202e\u2066-\u2069]/u.test(texts.join(''))) throw new Error(`unseen: ${JSON.stringify(texts)}`);
  }
} // prettier-ignore

/** Everything that a page does with a state before anybody presses Train. */
function configure(state: SharedState, build: boolean): void {
  expect(readShared(JSON.parse(JSON.stringify(writeShared(state))))).toEqual({ ok: true, value: state });
  const cost = costOf(state);
  if (!Object.values(cost).every((n) => Number.isFinite(n) && n >= 0)) throw new Error(JSON.stringify(cost));
  for (const issue of costIssues(cost)) expectIssues([issue]);
  for (const recipe of recipesOf(state)) {
    const again = checkRecipe(JSON.parse(canonicalText(recipe)));
    if (!again.ok) throw new Error(JSON.stringify(again.issues));
    if (canonicalText(again.value) !== canonicalText(recipe)) throw new Error(`not canonical: ${canonicalText(recipe)}`);
    for (const { path } of controlsOf(state.kind, [recipe])) isLocked(state.view, path);
    const formula = formulaOf(recipe.objective);
    if (!formula.ok) throw new Error(JSON.stringify(formula.issues));
    for (const { tex } of printTex(formula.value)) expectHarmless(mathematics(tex));
    if (build) program(recipe);
  }
} // prettier-ignore

/** As components/loss/Mathematics.svelte. */
const seen = new Map<string, string>();
function mathematics(tex: string): string {
  const known = seen.get(tex);
  if (known !== undefined) return known;
  const html = katex.renderToString(tex, {
    displayMode: true,
    throwOnError: false,
    trust: ({ command }) => command === '\\htmlClass',
    strict: false,
  });
  seen.set(tex, html);
  return html;
}

function expectHarmless(html: string): void {
  if (/<\s*(script|img|iframe|object|embed|link|a|style|form)\b|<[^>]*\s(on\w+|href|src)\s*=|javascript:/i.test(html)) throw new Error(html);
} // prettier-ignore

function program(recipe: Recipe): void {
  const world = worldNamed(recipe.world);
  const config = lmConfig(recipe.model.size, world.words.length, world.context);
  const formula = formulaOf(recipe.objective);
  if (!formula.ok) throw new Error('not a formula');
  const labels = { ...recipe.labels, count: Math.min(recipe.labels.count, 20) };
  const { pairs } = preferencePairs(labels, world, recipe.seed, undecidedMeanings(recipe.objective));
  const ties = pairs.some(({ sides }) => sides === 'none');
  const room = Math.max(16, pairs.length);
  const shape = { config, pairs: room, batch: recipe.loop.batch, length: config.context, ties };
  planArena({ train: offlineProgram(shape, formula.value) });
}

it(`${COUNT} links do no harm`, { timeout: 900_000 }, async () => {
  const kinds: Record<string, { refused: number; read: number }> = {};
  let read = 0;
  let slowest = 0;
  for (let i = 0; i < COUNT; i++) {
    const { kind, link, file } = hostileLink(SEED, i, jsons);
    const began = performance.now();
    try {
      const result = await readLink(link);
      const count = (kinds[kind] ??= { refused: 0, read: 0 });
      if (result?.ok === true) {
        count.read++;
        configure(result.value, read++ % BUILD_EVERY === 0);
      } else {
        count.refused++;
        if (result !== null) expectIssues(result.issues);
      }
      const fromFile = readSharedFile(file);
      if (!fromFile.ok) expectIssues(fromFile.issues);
    } catch (error) {
      throw new Error(`link ${i} of seed ${SEED}, ${kind}: ${link.slice(0, 2000)}`, { cause: error });
    }
    slowest = Math.max(slowest, performance.now() - began);
  }
  expect(slowest, 'the slowest link, ms').toBeLessThan(HANG_MS);
  expect(Object.keys(kinds)).toHaveLength(13);
  expect(read).toBeGreaterThan(COUNT / 40);
  expect(Reflect.get(globalThis, 'hacked')).toBeUndefined();
  expect(Reflect.get({}, 'hacked')).toBeUndefined();
  if (process.env['SWAY_FUZZ_REPORT'])
    process.stdout.write(`${JSON.stringify({ read, slowest, kinds }, null, 1)}\n`);
});

/** A right formula of nearly as many signs as there may be. */
const longest = (k: number): string =>
  `x0 = logp_w - ref_w\n${Array.from({ length: 60 }, (_, i) => `x${i + 1} = log_sigmoid(beta * (x${i} - ${k + i}))`).join('\n')}\nloss = -x60 + logp_l`;
const many = <T>(count: number, of: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => of(i));
const story = (count: number, set: (i: number) => object): object => ({
  changes: many(count, (i) => ({ step: i + 1, set: set(i) })),
});
const options = { ld_alpha: 0.5, weighting: true };

/** Made to take as long as the caps let them. */
const AT_THE_CAPS: Record<string, object> = {
  'many numbers': { x: many(900_000, () => 0) },
  'many objects': { x: many(300_000, () => ({ a: 1 })) },
  'many keys': { recipe: { world: 'reviews', objective: { formula: 'loss = -logp_w', own: Object.fromEntries(many(300_000, (i) => [`k${i}`, 1])) } } },
  'long formulas': story(38, (i) => ({ objective: { formula: longest(i), options } })),
  'longer formulas': story(200, (i) => ({ objective: { formula: longest(i), options } })),
  'many lists': { labels: [{ from: 0, choices: 'ab'.repeat(1000) }], ...story(200, () => ({ 'labels.recorded': [{ from: 0, choices: 'ab'.repeat(25) }] })) },
  'longer lists': { labels: [{ from: 0, choices: 'ab'.repeat(1000) }], ...story(200, () => ({ 'labels.recorded': [{ from: 0, choices: 'ab'.repeat(1000) }] })) },
  'many starts of a list': { labels: [{ from: 0, choices: 'ab'.repeat(1000) }], ...story(200, (i) => ({ 'labels.recorded': 2000 - i })) },
  'many bad labels': { labels: many(2000, () => ({ prompt: 'x', a: many(200, () => 5), b: many(200, () => 5), choice: 'a' })) },
  'a race of long formulas': { kind: 'race', seeds: 30, labels: [{ from: 0, choices: 'ab'.repeat(1000) }], arms: many(6, (i) => ({ name: `${i}`, objective: { formula: longest(i), options } })) },
}; // prettier-ignore

it.each(Object.entries(AT_THE_CAPS))('at the caps: %s', (_name, of) => {
  const began = performance.now();
  const json = JSON.stringify({ swayground: 1, kind: 'lab', recipe: { world: 'reviews' }, ...of });
  const read = readSharedFile(json);
  if (!read.ok) expectIssues(read.issues);
  expect(performance.now() - began).toBeLessThan(HANG_MS);
});
