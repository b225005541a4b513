/** What a shared run would cost is known before it starts, and its memory is never put too low. */
import { expect, it } from 'vitest';
import { planArena } from '../../src/engine/plan.ts';
import { offlineProgram } from '../../src/training/offline.ts';
import { lmConfig, parameterCount } from '../../src/models/lm/config.ts';
import { costIssues, estimatedSeconds, HEAVY, isHeavy } from '../../src/links/cost.ts';
import type { Recipe } from '../../src/recipes/schema.ts';
import { scorerPrograms } from '../../src/runs/scorer.ts';
import { costOf, runCost } from '../support/links.ts';
import { lab, race, receipt, recipe } from '../support/shared-states.ts';
import { formulaOf } from '../../src/recipes/objective.ts';
import { worldNamed } from '../support/worlds.ts';

/** Bytes of the arena that the runner lays out, at the longest rows that there can be. */
function arena(of: Recipe): number {
  const world = worldNamed(of.world);
  const config = lmConfig(of.model.size, world.words.length, world.context);
  const formula = formulaOf(of.objective);
  if (!formula.ok) throw new Error('not a formula');
  let pairs = 16;
  while (pairs < of.labels.count) pairs *= 2;
  const shape = { config, pairs, batch: of.loop.batch, length: config.context };
  return 4 * planArena({ ...scorerPrograms(config), train: offlineProgram(shape, formula.value) }).words;
}

const long = (lines: number, line: string): string =>
  `${Array.from({ length: lines }, (_, i) => `x${i} = ${line.replaceAll('N', String(i))}`).join('\n')}
loss = ${Array.from({ length: lines }, (_, i) => `x${i}`).join(' + ')}`;

it.each<[string, object]>([
  ['default', {}],
  ['small', { model: { size: 'nano' }, loop: { batch: 1 } }],
  ['large batch', { loop: { batch: 64 } }],
  ['many pairs', { labels: { rule: 'positive', count: 2000 }, model: { size: 'nano' } }],
  ['reads tokens of both models', { objective: { name: 'tdpo2' } }],
  ['long over pairs', { objective: { formula: long(30, 'log_sigmoid(beta * (logp_w - ref_w - N)) * 2') } }],
  ['long over tokens', { objective: { formula: long(20, 'beta * sum_t(exp(logp_w[t] - ref_w[t]) * N) / len_l') }, loop: { batch: 64 } }],
  ['options', { objective: { options: { ld_alpha: 0.5, weighting: true } } }],
])('memory, %s: at least what the arena takes, at most five times that', (_name, changes) => {
  const of = recipe(changes);
  const ratio = runCost(of, 1).bytes / arena(of);
  expect(ratio).toBeGreaterThan(1);
  expect(ratio).toBeLessThan(5);
}); // prettier-ignore

it('grows with steps, batch, evaluations and the model', () => {
  const work = (changes: object, steps = 100): number => runCost(recipe(changes), steps).multiplyAdds;
  expect(work({}, 200)).toBeGreaterThan(1.9 * work({}));
  expect(work({ loop: { batch: 64 } })).toBeGreaterThan(2 * work({}));
  expect(work({ loop: { evaluate_every: 1 } })).toBeGreaterThan(2 * work({}));
  expect(work({ model: { size: 'nano' } })).toBeLessThan(work({}) / 2);
});

it('a story costs the steps that its receipt tells of, a race all of its runs', () => {
  expect(costOf(lab(recipe())).steps).toBe(100);
  expect(costOf(lab(recipe(), { receipt: receipt(250) })).steps).toBe(250);
  const { runs, steps } = costOf(race());
  expect([runs, steps]).toEqual([15, 900]);
  const world = worldNamed('reviews');
  expect(costOf(race()).parameters).toBe(parameterCount(lmConfig('micro', world.words.length, world.context)));
}); // prettier-ignore

it('what a page does by itself is light; an hour is heavy; weeks are refused with words', () => {
  expect(isHeavy(costOf(lab(recipe())))).toBe(false);
  const hour = costOf(lab(recipe({ loop: { steps: 5000, batch: 64 } })));
  expect(isHeavy(hour)).toBe(true);
  expect(costIssues(hour)).toEqual([]);
  expect(estimatedSeconds(hour, 1e9)).toBeGreaterThan(1000);
  const weeks = { ...race(), seeds: 30 };
  const arms = weeks.arms.map(({ name, recipe: one }) => ({ name, recipe: { ...one, loop: { ...one.loop, steps: 5000, batch: 64, evaluate_every: 1 } } }));
  expect(costIssues(costOf({ ...weeks, arms })).map(({ code }) => code)).toEqual(['link/too-heavy']);
  expect(costOf(race()).multiplyAdds).toBeGreaterThan(HEAVY / 10);
}); // prettier-ignore
