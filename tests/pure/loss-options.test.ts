/** Which of TRL's options the page offers for a formula, and what it says of those that don't fit. */
import { expect, it } from 'vitest';
import { objectives, type Objective } from '../../src/objectives/index.ts';
import { NO_OPTIONS, withOptions } from '../../src/objectives/options.ts';
import { optionBars, setOptions, withDivergence } from '../../src/state/loss/loss-options.ts';

const barsOf = (name: string) => {
  const { setting, formula } = objectives.get(name) as Objective;
  return optionBars(setting, formula);
};

it('DPO takes all of them', () => {
  expect(barsOf('sigmoid')).toEqual({ f_divergence: '', ld_alpha: '', weighting: '' });
});

it('what a formula can’t take is told as a clause', () => {
  expect(barsOf('simpo')).toEqual({
    f_divergence: 'this formula has no lines h_w = ... and h_l = ... to rewrite',
    ld_alpha: 'this formula reads none of logp_w, logp_l, ref_w, ref_l',
    weighting: '',
  });
  expect(barsOf('aot').weighting).toBe('this formula sorts the batch and its losses belong to no pair');
  for (const { name } of objectives.values()) {
    for (const bar of Object.values(barsOf(name))) expect(bar).toMatch(/^(this .+)?$/);
  }
});

it('a formula with a mistake of its own bars nothing', () => {
  expect(optionBars('pairs', 'loss = ')).toEqual({ f_divergence: '', ld_alpha: '', weighting: '' });
});

it('alpha comes and goes with its divergence, so that no choice makes an issue', () => {
  const alpha = withDivergence(NO_OPTIONS, 'alpha_divergence');
  expect(setOptions({ ...alpha, ld_alpha: 0.5, weighting: true })).toEqual([
    'alpha_divergence 0.5',
    'ld_alpha 0.5',
    'use_weighting',
  ]);
  const { setting, formula } = objectives.get('sigmoid') as Objective;
  for (const options of [alpha, withDivergence(alpha, 'forward_kl'), withDivergence(alpha, 'reverse_kl')]) {
    expect(withOptions(setting, formula, options).ok, JSON.stringify(options)).toBe(true);
  }
  expect(setOptions(withDivergence(alpha, 'reverse_kl'))).toEqual([]);
});
