/** Formulas as mathematics: what is written, with no more parentheses than needed; KaTeX takes every line. */
import katex from 'katex';
import { describe, expect, it } from 'vitest';
import { stream } from '../../src/base/random.ts';
import type { Vocabulary } from '../../src/formulas/check.ts';
import { functions } from '../../src/formulas/functions.ts';
import { quantities } from '../../src/formulas/quantities.ts';
import { printTex } from '../../src/formulas/tex.ts';
import { texName } from '../../src/formulas/tex-names.ts';
import { checkedObjective } from '../../src/objectives/check.ts';
import { objectives } from '../../src/objectives/index.ts';
import { formulaOf } from '../support/formula-graph.ts';
import { RANDOM_PARAMETERS, randomFormula } from '../support/random-formula.ts';

const pairs: Vocabulary = { setting: 'pairs', parameters: ['beta', 'epsilon', 'label_smoothing'] };
const groups: Vocabulary = { setting: 'groups', parameters: ['beta', 'epsilon', 'label_smoothing'] };

const render = (tex: string): string =>
  katex.renderToString(tex, { throwOnError: true, trust: true, strict: 'ignore' });

/** The line for `x = text`, its colours left out. */
function plain(text: string, { setting }: Vocabulary = pairs): string {
  const trains = setting === 'pairs' ? 'logp_w' : 'mean_k(logp)';
  const parameters = ['beta', 'epsilon', 'label_smoothing'];
  const rest = parameters.map((p) => ` + ${p}`).join('');
  const checked = formulaOf(`x = ${text}\nloss = ${trains}${rest}`, { setting, parameters });
  const [line] = printTex(checked);
  return (line?.tex ?? '').replaceAll(/\\htmlClass\{[a-z-]+\}/g, '').replace(/^[^=]*= /, '');
}

describe('the mathematics of', () => {
  it.each([
    ['logp_w - ref_l', '\\log {\\pi_\\theta}({y_{w}}) - \\log {\\pi_{\\mathrm{ref}}}({y_{l}})'],
    ['logp_w[t]', '\\log {\\pi_\\theta}({y_{w,t}})'],
    ['len_w', '\\left|{y_{w}}\\right|'],
    ['beta * epsilon', '{\\beta} \\, {\\varepsilon}'],
    ['label_smoothing', '{\\varepsilon_{\\mathrm{ls}}}'],
    ['beta * (epsilon + 1)', '{\\beta} \\, \\left({\\varepsilon} + 1\\right)'],
    ['beta + (epsilon + 1)', '{\\beta} + {\\varepsilon} + 1'],
    ['beta - (epsilon - 1)', '{\\beta} - \\left({\\varepsilon} - 1\\right)'],
    ['beta + -epsilon', '{\\beta} + \\left(-{\\varepsilon}\\right)'],
    ['-beta * epsilon', '-{\\beta} \\, {\\varepsilon}'],
    ['-(beta + 1)', '-\\left({\\beta} + 1\\right)'],
    ['-beta / 2', '-\\frac{{\\beta}}{2}'],
    ['(beta - 1) / (epsilon + 2) * 2', '\\frac{{\\beta} - 1}{{\\varepsilon} + 2} \\cdot 2'],
    ['2 * beta', '2 {\\beta}'],
    ['2 * 3', '2 \\cdot 3'],
    ['1e-7 * beta', '10^{-7} \\, {\\beta}'],
    ['2.5e-7 * beta', '2.5 \\cdot 10^{-7} \\, {\\beta}'],
    ['square(beta + 1)', '{\\left({\\beta} + 1\\right)}^2'],
    ['square(beta)', '{{\\beta}}^2'],
    ['pow(beta / 2, epsilon)', '{\\left(\\frac{{\\beta}}{2}\\right)}^{{\\varepsilon}}'],
    ['square(square(beta))', '{\\left({{\\beta}}^2\\right)}^2'],
    ['-log_sigmoid(beta)', '-\\log\\sigma\\mathopen{}\\left({\\beta}\\right)'],
    ['log1p(-beta)', '\\log\\mathopen{}\\left(1 + \\left(-{\\beta}\\right)\\right)'],
    ['expm1(beta) * 2', '\\left(e^{{\\beta}} - 1\\right) \\cdot 2'],
    ['sum_t(kl_w[t]) * beta', '\\left(\\sum_{t} \\mathrm{KL}_{{\\pi_\\theta} \\Vert {\\pi_{\\mathrm{ref}}}}({y_{w,t}})\\right) \\, {\\beta}'],
    ['beta * sum_t(logp_l[t] + 1) + 1', '{\\beta} \\, \\sum_{t} \\left(\\log {\\pi_\\theta}({y_{l,t}}) + 1\\right) + 1'],
    ['mean_t(logp_l[t])', '\\frac{1}{\\left|{y_{l}}\\right|}\\sum_{t} \\log {\\pi_\\theta}({y_{l,t}})'],
    ['beta > epsilon', '\\mathbf{1}\\left[{\\beta} > {\\varepsilon}\\right]'],
    ['where(beta <= 1, 2, epsilon)', '\\begin{cases}2 & \\text{if } {\\beta} \\le 1\\\\ {\\varepsilon} & \\text{else}\\end{cases}'],
    ['where(beta, 2, epsilon)', '\\begin{cases}2 & \\text{if } {\\beta} \\ne 0\\\\ {\\varepsilon} & \\text{else}\\end{cases}'],
    ['stop_grad(abs(beta))', '\\operatorname{sg}\\left[\\left|{\\beta}\\right|\\right]'],
  ])('%s', (text, tex) => {
    expect(plain(text)).toBe(tex);
    render(tex);
  }); // prettier-ignore

  it.each([
    ['mean_k(mean_t(logp[t]))', '\\frac{1}{K}\\sum_{k} \\frac{1}{\\left|y_{k}\\right|}\\sum_{t} \\log {\\pi_\\theta}(y_{k,t})'],
    ['tail_log_sum_exp_k(head)', '\\log\\sum_{j \\ge k} e^{r_{\\phi}(y_{k})}'],
    ['advantage[t]', '\\hat{A}_{k,t}'],
  ])('%s over groups', (text, tex) => {
    expect(plain(text, groups)).toBe(tex);
    render(tex);
  }); // prettier-ignore

  it('what is assigned: Greek names, subscripts, the loss, and colours by side', () => {
    const text = `delta_w = logp_w - beta\nmargin2 = delta_w - ref_l\nrewards_chosen = epsilon * margin2\nr = logp_w[t] * label_smoothing\nloss = rewards_chosen + sum_t(r)`;
    const lines = printTex(formulaOf(text, pairs)).map(({ tex }) => tex.split(' = ')[0]);
    expect(lines).toEqual([
      '\\htmlClass{c-chosen}{\\delta_{w}}',
      '\\mathrm{margin}_{2}',
      '\\htmlClass{c-chosen}{\\hat{r}_{w}}',
      'r_{t}',
      '\\mathcal{L}',
    ]);
  });

  it('colours by meaning', () => {
    const [{ tex } = { tex: '' }] = printTex(
      formulaOf('loss = beta * (logp_w - ref_l) + epsilon * label_smoothing', pairs),
    );
    for (const name of ['chosen', 'rejected', 'policy', 'reference', 'parameter']) {
      expect(tex).toContain(`\\htmlClass{c-${name}}`);
      expect(render(tex)).toContain(`c-${name}`);
    }
  });
});

describe('KaTeX takes', () => {
  it.each([...objectives.values()].map((o) => [o.name, o] as const))('%s', (_, objective) => {
    for (const { tex } of printTex(checkedObjective(objective))) render(tex);
  });

  it('every quantity', () => {
    for (const vocabulary of [pairs, groups]) {
      const checked = formulaOf(`loss = mean(${vocabulary === pairs ? 'logp_w' : 'logp'}) * beta * epsilon * label_smoothing`, vocabulary);
      for (const name of quantities[vocabulary.setting].keys()) render(texName(name, checked).tex);
    }
  }); // prettier-ignore

  it.each(['x', '__', '_a', 'a_', 'a__b', 'a1b2', 'X_3', 'alpha_beta_7', 'Omega', '_1_', 'text_color'])('a name such as %s', (name) => {
    const checked = formulaOf(`${name} = logp_w\nloss = ${name}`, { setting: 'pairs', parameters: [] });
    for (const { tex } of printTex(checked)) render(tex);
  }); // prettier-ignore

  it.each(['pairs', 'groups'] as const)('300 random formulas over %s', (setting) => {
    const random = stream(31, setting);
    const vocabulary = { setting, parameters: RANDOM_PARAMETERS };
    for (let i = 0; i < 300; i++) {
      const checked = formulaOf(randomFormula(setting, (n) => random.integer(n)), vocabulary);
      for (const { tex } of printTex(checked)) render(tex);
    }
  }); // prettier-ignore

  it('every function', () => {
    const text = [...functions.values()].map(({ tex }) => tex.replaceAll(/\$[spac]?\d/g, 'x').replaceAll('$y', 'y'));
    text.forEach(render);
  }); // prettier-ignore
});
