/** What the editor takes from a formula: completions, and the loss over the plane of log-ratios with its slopes. */
import { describe, expect, it } from 'vitest';
import { openReference } from '../../src/engine/reference/index.ts';
import { completions } from '../../src/formulas/complete.ts';
import { functions } from '../../src/formulas/functions.ts';
import { lossField } from '../../src/formulas/loss-field.ts';
import { quantities } from '../../src/formulas/quantities.ts';
import { checkedObjective } from '../../src/objectives/check.ts';
import { objectives } from '../../src/objectives/index.ts';
import { formulaOf } from '../support/formula-graph.ts';

describe('completions', () => {
  it.each(['pairs', 'groups'] as const)('of %s are every name, once, with shape and meaning', (setting) => {
    const all = completions({ setting, parameters: ['beta'] });
    const names = ['beta', ...quantities[setting].keys(), ...functions.keys()];
    expect(all.map(({ label }) => label)).toEqual(names);
    for (const { detail, info } of all) expect([detail, info]).not.toContain('');
  });

  it('say shapes in words, and what a quantity needs', () => {
    const all = completions({ setting: 'pairs', parameters: ['beta'] });
    expect(all).toContainEqual({ label: 'beta', kind: 'parameter', detail: 'one number', info: 'a number that you set' });
    expect(all).toContainEqual({
      label: 'logp_w[t]',
      kind: 'quantity',
      detail: 'one number a token of the chosen response',
      info: 'log-prob under the policy, per token of the chosen response',
    });
    expect(all.find(({ label }) => label === 'ref2_w')?.info).toContain('; needs a second frozen model');
    expect(all).toContainEqual({
      label: 'mean_t',
      kind: 'function',
      detail: 'tokens to one number a response',
      info: "mean over the response's tokens",
    });
  }); // prettier-ignore
});

const axis = [-4, -1.5, 0, 0.25, 3];
const points = { chosen: axis.flatMap((x) => axis.map(() => x)), rejected: axis.flatMap(() => axis) };
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

async function fieldOf(text: string, parameters: Record<string, number>) {
  const checked = formulaOf(text, { setting: 'pairs', parameters: Object.keys(parameters) });
  const field = await lossField(openReference(), checked, parameters, points);
  if (field === null) throw new Error('there is no field');
  return field;
}

describe('the field of a loss', () => {
  it('is DPO\'s, point by point', async () => {
    const field = await fieldOf('loss = -log_sigmoid(beta * ((logp_w - ref_w) - (logp_l - ref_l)))', { beta: 0.5 });
    points.chosen.forEach((x, i) => {
      const margin = 0.5 * (x - (points.rejected[i] as number));
      expect(field.loss[i]).toBeCloseTo(-Math.log(sigmoid(margin)), 12);
      expect(field.chosen[i]).toBeCloseTo(-0.5 * sigmoid(-margin), 12);
      expect(field.rejected[i]).toBeCloseTo(0.5 * sigmoid(-margin), 12);
    });
  }); // prettier-ignore

  it('takes a response for one token', async () => {
    const whole = await fieldOf('loss = square(logp_w - ref_w) / len_w - logp_l', {});
    const token = await fieldOf('loss = mean_t(square(logp_w[t] - ref_w[t])) - logp_l', {});
    expect(token).toEqual(whole);
  }); // prettier-ignore

  it('has a slope of its own at each point where the slope is the same everywhere, and 0 for a side left out', async () => {
    const { loss, chosen, rejected } = await fieldOf('loss = -beta * logp_w', { beta: 2 });
    expect([...points.chosen.keys()].map((i) => loss[i])).toEqual(points.chosen.map((x) => -2 * (x - 8)));
    expect(Array.from(chosen)).toEqual(points.chosen.map(() => -2));
    expect(Array.from(rejected)).toEqual(points.chosen.map(() => 0));
  });

  it('sees a batch of one pair', async () => {
    const alone = await fieldOf('loss = logp_w - mean(logp_w) + sort(logp_l - ref_l) + std(logp_w)', {});
    points.rejected.forEach((y, i) => expect(alone.loss[i]).toBeCloseTo(y, 12));
  });

  it('is over rewards for a reward model', async () => {
    const { loss } = await fieldOf('loss = -log_sigmoid(head_w - head_l)', {});
    points.chosen.forEach((x, i) =>
      expect(loss[i]).toBeCloseTo(-Math.log(sigmoid(x - (points.rejected[i] as number))), 12),
    );
  });

  it.each([...objectives.values()].map((o) => [o.name, o] as const))('of %s has its length, or is none over groups', async (_, o) => {
    const defaults = Object.fromEntries(Object.entries(o.parameters).map(([name, p]) => [name, p.default]));
    const field = await lossField(openReference(), checkedObjective(o), defaults, points);
    expect(field === null).toBe(o.setting === 'groups');
    for (const values of Object.values(field ?? {})) {
      expect(values.length).toBe(points.chosen.length);
      expect(values.some(Number.isFinite)).toBe(true);
    }
  }); // prettier-ignore
});
