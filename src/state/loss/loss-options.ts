/** TRL's options of a loss as the page sets them: what may be chosen, and why a formula can't take one. Pure functions. */
import { parse } from '../../formulas/parse.ts';
import type { Formula } from '../../formulas/syntax.ts';
import type { Objective } from '../../objectives/index.ts';
import type { Options } from '../../objectives/options.ts';
import { NO_OPTIONS, optionIssues, optionParameters } from '../../objectives/options.ts';

/** What a visitor switches; `f_alpha` comes and goes with the divergence that reads it. */
export type OptionName = 'f_divergence' | 'ld_alpha' | 'weighting';

/** What each divergence makes of a response's log-ratio h. */
export const DIVERGENCES: Record<Options['f_divergence'], string> = {
  reverse_kl: 'no change: a response is measured by its log-ratio to the reference',
  forward_kl: 'responses that the policy makes improbable weigh ever more',
  js_divergence: 'gains in probability count less and less; losses count in full',
  alpha_divergence: 'between the two KLs, and beyond, by alpha',
};

const TRIED: Record<OptionName, Options> = {
  f_divergence: { ...NO_OPTIONS, f_divergence: 'js_divergence' },
  ld_alpha: { ...NO_OPTIONS, ld_alpha: optionParameters.ld_alpha.default },
  weighting: { ...NO_OPTIONS, weighting: true },
};

/** Why the formula can't take each option, as a clause (`this formula ...`); '' where it can, or has a mistake of its own. */
export function optionBars(setting: Objective['setting'], text: string): Record<OptionName, string> {
  const parsed = parse(text);
  return barsOf(setting, parsed.ok ? parsed.value : null);
}

/** The same of a formula that was read; null for one that can't be. */
export function barsOf(setting: Objective['setting'], written: Formula | null): Record<OptionName, string> {
  const bar = (name: OptionName): string => {
    const issues = written ? optionIssues(setting, written, TRIED[name]) : [];
    const issue = issues.find(({ at }) => at === name);
    return issue?.expected.split('since ').at(-1) ?? '';
  };
  return { f_divergence: bar('f_divergence'), ld_alpha: bar('ld_alpha'), weighting: bar('weighting') };
}

export function withDivergence(options: Options, f_divergence: Options['f_divergence']): Options {
  const f_alpha = f_divergence === 'alpha_divergence' ? optionParameters.f_alpha.default : null;
  return { ...options, f_divergence, f_alpha };
}

/** The options that are set, in TRL's words: `js_divergence`, `ld_alpha 0.5`. */
export function setOptions({ f_divergence, f_alpha, ld_alpha, weighting }: Options): string[] {
  return [
    ...(f_divergence === 'reverse_kl'
      ? []
      : [f_alpha === null ? f_divergence : `${f_divergence} ${f_alpha}`]),
    ...(ld_alpha === null ? [] : [`ld_alpha ${ld_alpha}`]),
    ...(weighting ? ['use_weighting'] : []),
  ];
}
