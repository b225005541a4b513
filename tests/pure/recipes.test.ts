/** The recipe schema: defaults, canonical form, and a message that names key, value and range for every mistake. */
import { expect, it } from 'vitest';
import { NO_OPTIONS } from '../../src/objectives/options.ts';
import { canonicalText } from '../../src/recipes/check.ts';
import { formulaOf } from '../../src/recipes/objective.ts';
import { checkRecipe, defaultRecipe } from '../support/worlds.ts';

const base = { version: 1, world: 'reviews' };

it('fills in every default, in the schema order', () => {
  const { recipe } = defaultRecipe('reviews');
  expect(Object.keys(recipe)).toEqual([
    'version',
    'world',
    'model',
    'labels',
    'objective',
    'loop',
    'optimiser',
    'seed',
  ]);
  expect(recipe.objective.parameters).toEqual({ beta: 0.1 });
  expect(recipe.objective.options).toEqual(NO_OPTIONS);
});

it('has one text, however the input was ordered', () => {
  const a = checkRecipe({ ...base, seed: 3, loop: { batch: 8, steps: 40 } });
  const b = checkRecipe({ loop: { steps: 40, batch: 8 }, seed: 3, world: 'reviews', version: 1 });
  if (!a.ok || !b.ok) throw new Error('both are fine');
  expect(canonicalText(a.value.recipe)).toBe(canonicalText(b.value.recipe));
  expect(checkRecipe(JSON.parse(canonicalText(a.value.recipe)))).toEqual(a);
});

it('runs the formula under the options', () => {
  const options = { f_divergence: 'js_divergence', ld_alpha: 0.5, weighting: true };
  const checked = checkRecipe({ ...base, objective: { name: 'ipo', options } });
  if (!checked.ok) throw new Error(JSON.stringify(checked.issues));
  const formula = formulaOf(checked.value.recipe.objective);
  if (!formula.ok) throw new Error(JSON.stringify(formula.issues));
  expect([...formula.value.needs]).toEqual(['sum-p-squared']);
  expect([...formula.value.reads]).toEqual(expect.arrayContaining(['position_w[t]', 'logp_l[t]']));
});

it('leaves the reference where it is unless asked', () => {
  const { loop } = defaultRecipe('reviews').recipe;
  expect(loop).toMatchObject({ sync_ref_model: false, ref_model_mixup_alpha: 0.6, ref_model_sync_steps: 20 });
  const moving = checkRecipe({ ...base, loop: { sync_ref_model: true, ref_model_sync_steps: 5 } });
  expect(moving.ok && moving.value.recipe.loop).toMatchObject({
    sync_ref_model: true,
    ref_model_sync_steps: 5,
  });
});

const stock = { kind: 'stock', seed: 0, index: 1, split: 'train' };
const mistakes: [name: string, input: unknown, at: string, expected: RegExp, received: RegExp][] = [
  ['no object', 7, 'recipe', /Object/, /7/],
  ['another version', { ...base, version: 2 }, 'version', /1/, /2/],
  ['an unknown world', { ...base, world: 'weather' }, 'world', /reviews/, /weather/],
  ['an unknown key', { ...base, looop: {} }, 'looop', /no such key/, /looop/],
  ['an unknown key inside', { ...base, loop: { stepps: 3 } }, 'loop.stepps', /no such key/, /stepps/],
  ['too many steps', { ...base, loop: { steps: 1e9 } }, 'loop.steps', /from 1 to 5000/, /1000000000/],
  ['half a step', { ...base, loop: { steps: 1.5 } }, 'loop.steps', /whole number/, /1\.5/],
  ['NaN', { ...base, optimiser: { lr: NaN } }, 'optimiser.lr', /from 0\.000001 to 0\.1/, /NaN/],
  ['a learning rate too large', { ...base, optimiser: { lr: 3 } }, 'optimiser.lr', /from 0\.000001 to 0\.1/, /3/],
  ['text for a number', { ...base, seed: '1' }, 'seed', /number/, /1/],
  ['a negative seed', { ...base, seed: -1 }, 'seed', /from 0 to 4294967295/, /-1/],
  ['an unknown size', { ...base, model: { size: 'huge' } }, 'model.size', /micro/, /huge/],
  ['an unknown objective', { ...base, objective: { name: 'dpoo' } }, 'objective.name', /sigmoid/, /dpoo/],
  ['a parameter out of range', { ...base, objective: { parameters: { beta: 50 } } }, 'objective.parameters.beta', /from 0\.01 to 5/, /50/],
  ['a parameter ignored', { ...base, objective: { parameters: { gamma: 1 } } }, 'objective.parameters.gamma', /beta/, /gamma/],
  ['a formula without loss', { ...base, objective: { formula: 'x = beta * label_smoothing' } }, 'objective.formula, line 2, column 1', /loss =/, /none/],
  ['an unknown divergence', { ...base, objective: { options: { f_divergence: 'tv' } } }, 'objective.options.f_divergence', /forward_kl/, /tv/],
  ['an unknown option', { ...base, objective: { options: { ld: 1 } } }, 'objective.options.ld', /no such key/, /ld/],
  ['a divergence without log-ratios', { ...base, objective: { name: 'apo_zero', options: { f_divergence: 'forward_kl' } } }, 'objective.options.f_divergence', /no lines h_w/, /forward_kl/],
  ['an alpha of no alpha divergence', { ...base, objective: { options: { f_divergence: 'forward_kl', f_alpha: 0.5 } } }, 'objective.options.f_alpha', /forward_kl would ignore it/, /0\.5/],
  ['an alpha divergence without alpha', { ...base, objective: { options: { f_divergence: 'alpha_divergence' } } }, 'objective.options.f_alpha', /a number/, /null/],
  ['an alpha out of range', { ...base, objective: { options: { f_divergence: 'alpha_divergence', f_alpha: 9 } } }, 'objective.options.f_alpha', /from -3 to 3/, /9/],
  ['a tail weight above 1', { ...base, objective: { options: { ld_alpha: 2 } } }, 'objective.options.ld_alpha', /from 0 to 1/, /2/],
  ['a tail weight of means', { ...base, objective: { name: 'simpo', options: { ld_alpha: 0.5 } } }, 'objective.options.ld_alpha', /reads none of logp_w/, /0\.5/],
  ['weights of sorted losses', { ...base, objective: { name: 'aot', options: { weighting: true } } }, 'objective.options.weighting', /sorts the batch/, /true/],
  ['an objective that needs other passes', { ...base, objective: { name: 'm-kto' } }, 'objective.name', /labelled pairs/, /m-kto, which needs a weight for every token/],
  ['a reference that nothing reads', { ...base, objective: { name: 'simpo' }, loop: { sync_ref_model: true } }, 'loop.sync_ref_model', /simpo reads no reference/, /true/],
  ['a share of a reference that stays', { ...base, loop: { ref_model_mixup_alpha: 0.9 } }, 'loop.ref_model_mixup_alpha', /0\.6, since the reference stays/, /0\.9/],
  ['a share of nothing', { ...base, loop: { sync_ref_model: true, ref_model_mixup_alpha: 0 } }, 'loop.ref_model_mixup_alpha', /from 0\.01 to 1/, /0/],
  ['a number for a switch', { ...base, loop: { sync_ref_model: 1 } }, 'loop.sync_ref_model', /boolean/, /1/],
  ['an unknown rule', { ...base, labels: { rule: 'loud' } }, 'labels.rule', /positive/, /loud/],
  ['noise of the oracle', { ...base, labels: { rule: 'positive', labeler: 'oracle', noise: 0.1 } }, 'labels.noise', /ignore/, /0\.1/],
  ['a label of no choice', { ...base, labels: { rule: 'positive', recorded: [{ pair: stock, choice: 'c', source: 'human' }] } }, 'labels.recorded.0.choice', /both_bad/, /c/],
  ['a word outside the world', { ...base, labels: { rule: 'positive', recorded: [{ pair: { kind: 'given', prompt: 'phone-1', a: [9999], b: [3, 2] }, choice: 'a', source: 'human' }] } }, 'labels.recorded.0.pair.a', /words of the world/, /9999/],
  ['a prompt outside the world', { ...base, labels: { rule: 'positive', recorded: [{ pair: { kind: 'given', prompt: 'moon-1', a: [3, 2], b: [4, 2] }, choice: 'a', source: 'human' }] } }, 'labels.recorded.0.pair.prompt', /prompt of the world/, /moon-1/],
]; // prettier-ignore

it.each(mistakes)('%s', (_name, input, at, expected, received) => {
  const checked = checkRecipe(input);
  if (checked.ok) throw new Error('this recipe must not pass');
  const issue = checked.issues.find((i) => i.at === at);
  expect(issue, JSON.stringify(checked.issues)).toBeDefined();
  expect(issue?.expected).toMatch(expected);
  expect(issue?.received).toMatch(received);
  expect(issue?.cure.length).toBeGreaterThan(10);
});
