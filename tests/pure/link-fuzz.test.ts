/**
 * Links from nowhere: whatever they hold, they are refused with words or give a state that is checked, costs what is known,
 * prints and configures a run. Nothing throws, nothing takes long, nothing of them becomes markup.
 */
import katex from 'katex';
import { expect, it } from 'vitest';
import type { Issue } from '../../src/base/errors.ts';
import { MOST_WORDS, VOCABULARY_SIZES } from '../../src/data/vocabulary/index.ts';
import { planArena } from '../../src/engine/plan.ts';
import { printTex } from '../../src/formulas/tex.ts';
import { offlineProgram } from '../../src/training/offline.ts';
import { lmConfig } from '../../src/models/lm/config.ts';
import { neededByFile, neededByLink } from '../../src/links/codec.ts';
import { costIssues } from '../../src/links/cost.ts';
import type { Needed } from '../../src/links/data.ts';
import type { SharedState } from '../../src/links/shared.ts';
import { LONGEST_NOTE } from '../../src/links/shown.ts';
import { controlsOf } from '../../src/links/view.ts';
import { isLocked } from '../../src/links/visible.ts';
import { preferencePairs } from '../../src/runs/pairs.ts';
import type { Recipe } from '../../src/recipes/schema.ts';
import { conditionsOf, findingOf } from '../../src/state/share/finding.ts';
import { fuzzed } from '../support/fuzz.ts';
import { hostileLink, type Hostile } from '../support/hostile-links.ts';
import { costOf, LINK_WORLDS, readLink, readShared, readSharedFile, writeShared } from '../support/links.ts';
import { STATES } from '../support/shared-states.ts';
import { canonicalText } from '../../src/recipes/check.ts';
import { formulaOf, undecidedMeanings } from '../../src/recipes/objective.ts';
import type { World } from '../../src/worlds/world.ts';
import { checkRecipe } from '../support/worlds.ts';

const COUNT = fuzzed(100_000);
const SEED = 1;
/** Building a program takes long; every so many states that were read get one. */
const BUILD_EVERY = 40;
/** So many are done twice, and told by SWAY_FUZZ_REPORT=1. */
const SLOWEST = 10;

/** User CPU time of this process since `since`, ms. */
const busyMs = (since: NodeJS.CpuUsage): number => process.cpuUsage(since).user / 1000;

/** What a fixed piece of work takes on this machine, user CPU ms: the least of three. */
function yardstick(): number {
  const taken = [1, 2, 3].map(() => {
    const began = process.cpuUsage();
    JSON.parse(JSON.stringify(Array.from({ length: 300_000 }, (_, i) => ({ number: i, text: `${i}` }))));
    return busyMs(began);
  });
  return Math.min(...taken);
}
/** A link that keeps the processor busy for longer hangs: so many times the yardstick, however fast the machine is. */
const HANG_CPU_MS = 5 * yardstick();

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
  expectShown(state);
  for (const recipe of recipesOf(state)) {
    const again = checkRecipe(JSON.parse(canonicalText(recipe)), 'policy', LINK_WORLDS);
    if (!again.ok) throw new Error(JSON.stringify(again.issues));
    if (canonicalText(again.value.recipe) !== canonicalText(recipe)) throw new Error(`not canonical: ${canonicalText(recipe)}`);
    for (const { path } of controlsOf(state.kind, [recipe])) isLocked(state.view, path);
    const formula = formulaOf(recipe.objective);
    if (!formula.ok) throw new Error(JSON.stringify(formula.issues));
    for (const { tex } of printTex(formula.value)) expectHarmless(mathematics(tex));
    if (build) program(recipe);
  }
} // prettier-ignore

/** What the page opens on: words that are plain and of some length, numbers that a chart can draw. */
function expectShown(state: SharedState): void {
  const { note = '' } = state;
  if (note.length > LONGEST_NOTE || /[\p{Cc}\u2028-\u202e\u2066-\u2069]/u.test(note)) throw new Error(note);
  if (state.kind === 'race') return;
  const world = LINK_WORLDS.get(state.story.recipe.world) as World;
  const finding = findingOf(state, world);
  if ((finding === null) !== (state.seen === undefined)) throw new Error('something is shown of nothing, or nothing of something');
  const texts = [conditionsOf(state), finding?.sentence ?? '', finding?.prompt ?? ''];
  if (texts.some((text) => text.length > 500 || /undefined|NaN|not a number/.test(text))) throw new Error(texts.join(' | '));
  for (const { steps, values } of Object.values(finding?.curves ?? {})) {
    const rising = steps.every((step, i) => Number.isInteger(step) && step >= 0 && step <= (finding?.steps ?? 0) && step > (steps[i - 1] ?? -1));
    if (!rising || steps.length !== values.length || steps.length > 200 || !values.every(Number.isFinite)) throw new Error(JSON.stringify({ steps, values }));
  }
  const samples = finding?.samples ?? [];
  const words = new Set(['', ...samples.flatMap(({ before, after }) => [...before, ...after].map(({ word }) => word))]);
  if (samples.length > 6 || words.size > 12 * world.context + 1) throw new Error(`${samples.length} samples of ${words.size} words`);
} // prettier-ignore

/** What the page of one's own data shows and does with what a link needs: every text plain and short, every number bounded. */
function expectNeeded({ world, title, source }: Needed): void {
  const { file, mapping, vocabulary, words, context, base } = source;
  if (!/^data-[0-9a-f]{16}$/.test(world)) throw new Error(world);
  const texts = [title, file, ...Object.values(mapping ?? {})];
  if (texts.some((text) => text.length > 200 || /[\p{Cc}\u2028-\u202e\u2066-\u2069]/u.test(text))) throw new Error(texts.join());
  if (words > MOST_WORDS || words < VOCABULARY_SIZES[vocabulary].min || ![32, 64, 128, 256].includes(context)) throw new Error(`${words} ${context}`);
  const { steps, made, batch, seed } = base;
  if (![steps, made, batch, seed].every(Number.isInteger) || made < 1 || made > steps || steps > 5000 || batch > 64) throw new Error(JSON.stringify(base));
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
  const world = LINK_WORLDS.get(recipe.world) as World;
  const config = lmConfig(recipe.model.size, world.words.length, world.context);
  const formula = formulaOf(recipe.objective);
  if (!formula.ok) throw new Error('not a formula');
  const labels = { ...recipe.labels, count: Math.min(recipe.labels.count, 20) };
  const { pairs } = preferencePairs(
    labels,
    world,
    recipe.seed,
    undecidedMeanings(recipe.objective.name, formula.value),
  );
  const ties = pairs.some(({ sides }) => sides === 'none');
  const room = Math.max(16, pairs.length);
  const shape = { config, pairs: room, batch: recipe.loop.batch, length: config.context, ties };
  planArena({ train: offlineProgram(shape, formula.value) });
}

/** Reads a link and the same as a file, and does with a state what a page does; whether it was read. */
async function treat({ link, file }: Hostile, build: boolean): Promise<boolean> {
  const result = await readLink(link);
  if (result?.ok === true) configure(result.value, build);
  else if (result !== null) expectIssues(result.issues);
  for (const needed of [await neededByLink(link), neededByFile(file)]) {
    if (needed?.ok === true) expectNeeded(needed.value);
    else if (needed) expectIssues(needed.issues);
  }
  const fromFile = await readSharedFile(file);
  if (!fromFile.ok) expectIssues(fromFile.issues);
  return result?.ok === true;
}

interface Slow {
  /** User CPU ms. */
  ms: number;
  /** The same, done a second time: the first may have paid for the garbage of others. */
  again: number;
  i: number;
  kind: string;
  link: string;
}

it(`${COUNT} links do no harm`, async () => {
  const kinds: Record<string, { refused: number; read: number }> = {};
  let read = 0;
  let slowest: Slow[] = [];
  for (let i = 0; i < COUNT; i++) {
    const hostile = hostileLink(SEED, i, jsons);
    const { kind, link } = hostile;
    const began = process.cpuUsage();
    try {
      const count = (kinds[kind] ??= { refused: 0, read: 0 });
      if (await treat(hostile, read % BUILD_EVERY === 0)) [count.read, read] = [count.read + 1, read + 1];
      else count.refused++;
    } catch (error) {
      throw new Error(`link ${i} of seed ${SEED}, ${kind}: ${link.slice(0, 2000)}`, { cause: error });
    }
    const ms = busyMs(began);
    if (ms <= (slowest[SLOWEST - 1]?.ms ?? 0)) continue;
    slowest.push({ ms, again: ms, i, kind, link: link.slice(0, 200) });
    slowest = slowest.sort((a, b) => b.ms - a.ms).slice(0, SLOWEST);
  }
  for (const slow of slowest) {
    const began = process.cpuUsage();
    await treat(hostileLink(SEED, slow.i, jsons), true);
    slow.again = busyMs(began);
  }
  if (process.env['SWAY_FUZZ_REPORT'])
    process.stdout.write(`${JSON.stringify({ read, slowest, kinds }, null, 1)}\n`);
  const hanging = slowest.filter(({ ms, again }) => Math.min(ms, again) > HANG_CPU_MS);
  expect(hanging, 'slow whenever they are read').toEqual([]);
  expect(Object.keys(kinds)).toHaveLength(13);
  expect(read).toBeGreaterThan(COUNT / 40);
  expect(Reflect.get(globalThis, 'hacked')).toBeUndefined();
  expect(Reflect.get({}, 'hacked')).toBeUndefined();
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
  'a list in place of numbers': { recipe: { world: 'reviews', objective: { formula: 'loss = -logp_w', own: many(390_000, () => 0) } } },
  'a list in place of a list of names': { hide: many(390_000, () => 0) },
  'many names': { hide: many(390_000, () => 'x'), lock: [] },
  'many wrong labels': { labels: many(20_000, () => ({ prompt: 5, a: 'x', b: {}, choice: [], more: 1 })) },
  'more labels than may be': { labels: many(130_000, (from) => ({ from })) },
  'changes in excess': { changes: many(95_000, (step) => ({ step, set: {} })) },
  'a change that sets many': { changes: [{ step: 1, set: { 'labels.recorded': many(390_000, () => 0) } }] },
  'samples in excess': { seen: { samples: { before: many(190_000, () => [5]), after: [] } } },
  'a sample of many tokens': { seen: { samples: { before: [many(390_000, () => 5)], after: [[2]] } } },
  'a curve of many points': { seen: { loss: { digits: 3, gaps: many(190_000, () => 1), values: many(190_000, () => 1) } } },
  'many bad labels': { labels: many(2000, () => ({ prompt: 'x', a: many(200, () => 5), b: many(200, () => 5), choice: 'a' })) },
  'a race of long formulas': { kind: 'race', seeds: 30, labels: [{ from: 0, choices: 'ab'.repeat(1000) }], arms: many(6, (i) => ({ name: `${i}`, objective: { formula: longest(i), options } })) },
}; // prettier-ignore

it.each(Object.entries(AT_THE_CAPS))('at the caps: %s', async (name, of) => {
  const json = JSON.stringify({ swayground: 1, kind: 'lab', recipe: { world: 'reviews' }, ...of });
  const began = process.cpuUsage();
  const read = await readSharedFile(json);
  const ms = busyMs(began);
  if (!read.ok) expectIssues(read.issues);
  if (process.env['SWAY_FUZZ_REPORT']) process.stdout.write(`${name}: ${ms.toFixed(0)} ms\n`);
  expect(ms, 'user CPU ms').toBeLessThan(HANG_CPU_MS);
});
