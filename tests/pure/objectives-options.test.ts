/** Options of TRL's DPO losses as rewritings of formulas, and combinations of objectives: texts, values, mistakes. */
import { describe, expect, it } from 'vitest';
import { checkedObjective } from '../../src/objectives/check.ts';
import { combine } from '../../src/objectives/combine.ts';
import type { Objective } from '../../src/objectives/index.ts';
import { objectives } from '../../src/objectives/index.ts';
import type { Options } from '../../src/objectives/options.ts';
import { NO_OPTIONS, withOptions } from '../../src/objectives/options.ts';
import { lossValues, randomFeeds, SIZES } from '../support/formula-values.ts';

const objectiveOf = (name: string): Objective => objectives.get(name) as Objective;
const textOf = (text: string, options: Partial<Options>): string => {
  const under = withOptions('pairs', text, { ...NO_OPTIONS, ...options });
  if (!under.ok) throw new Error(JSON.stringify(under.issues));
  return under.value;
};

describe('an option', () => {
  const H = 'h_w = logp_w - ref_w\nh_l = logp_l - ref_l\nloss = h_l - h_w # plainly';

  it('that is not set leaves the text as it is', () => {
    expect(textOf(H, {})).toBe(H);
    expect(textOf(H, { f_divergence: 'alpha_divergence', f_alpha: 1 })).toBe(H);
  });

  const cases: [Partial<Options>, string][] = [
    [{ f_divergence: 'forward_kl' }, 'h_w = -exp(-(logp_w - ref_w))\nh_l = -exp(-(logp_l - ref_l))\nloss = h_l - h_w'],
    [{ f_divergence: 'js_divergence' }, 'h_w = log_sigmoid(logp_w - ref_w)\nh_l = log_sigmoid(logp_l - ref_l)\nloss = h_l - h_w'],
    [
      { f_divergence: 'alpha_divergence', f_alpha: 0.5 },
      'h_w = exp(min(-0.5 * (logp_w - ref_w), 80)) / -0.5\nh_l = exp(min(-0.5 * (logp_l - ref_l), 80)) / -0.5\nloss = h_l - h_w',
    ],
    [
      { weighting: true },
      `h_w = logp_w - ref_w
h_l = logp_l - ref_l
wpo_w = stop_grad(exp(mean_t(logp_w[t] - log(p_squared_w[t]))))
wpo_l = stop_grad(exp(mean_t(logp_l[t] - log(p_squared_l[t]))))
loss = (h_l - h_w) * wpo_w * wpo_l`,
    ],
    [
      { ld_alpha: 0.25, f_divergence: 'js_divergence' },
      `shared_length = min(len_w, len_l)
ld_logp_w = sum_t(where(position_w[t] <= shared_length, 1, 0.25) * logp_w[t])
ld_logp_l = sum_t(where(position_l[t] <= shared_length, 1, 0.25) * logp_l[t])
ld_ref_w = sum_t(where(position_w[t] <= shared_length, 1, 0.25) * ref_w[t])
ld_ref_l = sum_t(where(position_l[t] <= shared_length, 1, 0.25) * ref_l[t])
h_w = log_sigmoid(ld_logp_w - ld_ref_w)
h_l = log_sigmoid(ld_logp_l - ld_ref_l)
loss = h_l - h_w`,
    ],
  ]; // prettier-ignore

  it.each(cases)('%j rewrites the formula', (options, expected) => {
    expect(textOf(H, options)).toBe(expected);
  });

  it('gives its names way to those of the formula', () => {
    const text = 'wpo_w = logp_w\nshared_length = logp_l\nloss = wpo_w - shared_length';
    expect(textOf(text, { weighting: true })).toContain('wpo_w_ = stop_grad');
    expect(textOf(text, { ld_alpha: 0 })).toContain('shared_length_ = min(len_w, len_l)');
  });

  it('tells a formula that does not parse', () => {
    const under = withOptions('pairs', 'loss = (', NO_OPTIONS);
    expect(under.ok ? [] : under.issues.map(({ code }) => code)).toEqual(['formula/unexpected-token']);
  });

  it.each([...objectives.values()].filter(({ setting }) => setting === 'pairs').map(({ name }) => name))(
    'that %s takes gives a formula that checks',
    (name) => {
      const { setting, formula, parameters } = objectiveOf(name);
      const some: Partial<Options>[] = [
        { f_divergence: 'forward_kl' },
        { ld_alpha: 0.5 },
        { weighting: true },
      ];
      for (const options of some) {
        const under = withOptions(setting, formula, { ...NO_OPTIONS, ...options });
        if (under.ok) checkedObjective({ setting, parameters, formula: under.value });
        else for (const { code } of under.issues) expect(code).toMatch(/^objective\/(ignored|unfit)-option$/);
      }
    },
  );
});

describe('a combination', () => {
  const of = (...parts: [name: string, weight: number][]) =>
    combine(parts.map(([name, weight]) => ({ objective: objectiveOf(name), weight })));

  it('has distinct names, parameters of its own, and the rewards of its first member that has them', () => {
    const combined = of(['sft', 1], ['hinge', 0.5], ['hinge', 2]);
    if (!combined.ok) throw new Error(JSON.stringify(combined.issues));
    expect(Object.keys(combined.value.parameters)).toEqual(['sft_weight', 'hinge_weight', 'hinge_beta', 'hinge_2_weight', 'hinge_2_beta']); // prettier-ignore
    const lines = combined.value.formula.split('\n');
    expect(lines).toContain('hinge_2_h_w = logp_w - ref_w');
    expect(lines.slice(-3)).toEqual([
      'rewards_chosen = hinge_rewards_chosen',
      'rewards_rejected = hinge_rewards_rejected',
      'loss = sft_weight * sft_loss + hinge_weight * hinge_loss + hinge_2_weight * hinge_2_loss',
    ]);
    checkedObjective(combined.value);
  });

  it('is the weighted sum of its members', async () => {
    const weights: [string, number][] = [['sigmoid', 0.8], ['bco_pair', 0.2], ['sft', 1]]; // prettier-ignore
    const combined = of(...weights);
    if (!combined.ok) throw new Error(JSON.stringify(combined.issues));
    const checked = checkedObjective(combined.value);
    const numbers = Object.fromEntries(
      Object.entries(combined.value.parameters).map(([k, row]) => [k, row.default]),
    );
    const feeds = randomFeeds(checked, numbers, 5);
    const total = await lossValues(checked, SIZES.pairs, feeds);
    const parts = await Promise.all(
      weights.map(([name]) =>
        lossValues(checkedObjective(objectiveOf(name)), SIZES.pairs, { ...feeds, beta: [0.1] }),
      ),
    );
    total.forEach((x, i) => {
      const expected = weights.reduce(
        (sum, [, weight], p) => sum + weight * (parts[p]?.[i] ?? parts[p]?.[0] ?? NaN),
        0,
      );
      expect(x).toBeCloseTo(expected, 12);
    });
  });

  it.each([
    ['of nothing', [], /at least one objective/],
    [
      'over pairs and groups',
      [
        ['sigmoid', 1],
        ['grpo', 1],
      ],
      /over pairs/,
    ],
  ] as [string, [string, number][], RegExp][])('%s is an issue', (_name, parts, expected) => {
    const combined = of(...parts);
    expect(combined.ok ? '' : combined.issues[0]?.expected).toMatch(expected);
  });
});
